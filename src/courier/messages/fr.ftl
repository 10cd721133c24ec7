registration-code =
    .subject = Votre code ChatLink
    .greeting = Bienvenue sur ChatLink ! Ce code confirme votre adresse e-mail :
    .lifetime =
        { $minutes ->
            [one] Il est valable une minute.
           *[other] Il est valable { $minutes } minutes.
        }
    .secrecy = Ne le communiquez à personne. ChatLink ne vous le demandera jamais.
    .ignore = Si vous n’avez pas demandé ce code, ignorez simplement ce message : il ne se passera rien.
    .text-greeting = Votre code ChatLink :
    .text-advice =
        { $minutes ->
            [one] Valable une minute. Ne le donnez à personne. Pas demandé ? Ignorez-le.
           *[other] Valable { $minutes } minutes. Ne le donnez à personne. Pas demandé ? Ignorez-le.
        }

account-exists =
    .subject = Vous avez déjà un compte ChatLink
    .notice = Quelqu’un, peut-être vous, a essayé de s’inscrire sur ChatLink avec cette adresse e-mail. Or vous avez déjà un compte.
    .advice = Si c’était vous, connectez-vous, ou réinitialisez votre mot de passe si vous l’avez oublié.
    .ignore = Si ce n’était pas vous, ignorez simplement ce message : votre compte est intact, et personne n’a appris qu’il existe.
    .text-notice = ChatLink : une inscription a été tentée avec ce numéro. Vous avez déjà un compte : entrez avec lui ou changez de mot de passe. Pas vous ? Ignorez ceci.

mail =
    .footer = Message automatique de ChatLink ({ $host }). Merci de ne pas y répondre.
