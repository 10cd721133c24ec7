code =
    .lifetime =
        { $minutes ->
            [one] Il est valable une minute.
           *[other] Il est valable { $minutes } minutes.
        }
    .secrecy = Ne le communiquez à personne. ChatLink ne vous le demandera jamais.
    .text-advice =
        { $minutes ->
            [one] Valable une minute. Ne le donnez à personne. Pas demandé ? Ignorez-le.
           *[other] Valable { $minutes } minutes. Ne le donnez à personne. Pas demandé ? Ignorez-le.
        }

registration-code =
    .subject = Votre code ChatLink
    .greeting = Bienvenue sur ChatLink ! Ce code confirme votre adresse e-mail :
    .ignore = Si vous n’avez pas demandé ce code, ignorez simplement ce message : il ne se passera rien.
    .text-greeting = Votre code ChatLink :

password-reset-code =
    .subject = Réinitialisez votre mot de passe ChatLink
    .greeting = Quelqu’un, vous sans doute, souhaite choisir un nouveau mot de passe pour votre compte ChatLink. Ce code le permet :
    .ignore = Si ce n’était pas vous, ignorez simplement ce message : votre mot de passe reste inchangé.
    .text-greeting = Code reset ChatLink :

identifier-change-code =
    .subject = Confirmez votre adresse pour ChatLink
    .greeting = Ce code confirme que vous voulez utiliser cette adresse e-mail pour votre compte ChatLink :
    .ignore = Si vous n’avez pas demandé ce code, ignorez simplement ce message : il ne se passera rien.
    .text-greeting = Code ajout ChatLink :

account-exists =
    .subject = Vous avez déjà un compte ChatLink
    .notice = Quelqu’un, peut-être vous, a essayé de s’inscrire sur ChatLink avec cette adresse e-mail. Or vous avez déjà un compte.
    .advice = Si c’était vous, connectez-vous, ou réinitialisez votre mot de passe si vous l’avez oublié.
    .ignore = Si ce n’était pas vous, ignorez simplement ce message : votre compte est intact, et personne n’a appris qu’il existe.
    .text-notice = ChatLink : une inscription a été tentée avec ce numéro. Vous avez déjà un compte : entrez avec lui ou changez de mot de passe. Pas vous ? Ignorez ceci.

notice =
    .advice = Si c’était vous, vous n’avez rien à faire. Sinon, réinitialisez tout de suite votre mot de passe : cela déconnecte aussi toute personne qui utilise votre compte.

password-changed =
    .subject = Votre mot de passe ChatLink a été modifié
    .notice = Le mot de passe de votre compte ChatLink a été modifié.
    .text-notice = ChatLink : le mot de passe de votre compte a été modifié. Pas vous ? Réinitialisez-le tout de suite.

identifier-changed =
    .subject = Votre compte ChatLink : une adresse a été modifiée
    .notice =
        { $channel ->
            [email] L’adresse e-mail de votre compte ChatLink a été modifiée.
           *[sms] Le numéro de téléphone de votre compte ChatLink a été modifié.
        }
    .advice = Si c’était vous, vous n’avez rien à faire. Sinon, connectez-vous tout de suite avec votre nom d’utilisateur, changez de mot de passe et vérifiez les adresses de votre compte.
    .text-notice =
        { $channel ->
            [email] ChatLink : l'adresse e-mail de votre compte a été modifiée. Pas vous ? Connectez-vous et changez vite de mot de passe.
           *[sms] ChatLink : le numéro de votre compte a été modifié. Pas vous ? Connectez-vous et changez vite de mot de passe.
        }

new-login =
    .subject = Nouvelle connexion à votre compte ChatLink
    .notice = Quelqu’un s’est connecté à votre compte ChatLink depuis un appareil inconnu : { $time }, depuis l’adresse réseau { $address }.
    .text-notice = ChatLink : connexion à votre compte, { $time }, depuis { $address }. Pas vous ? Changez vite de mot de passe.

mail =
    .footer = Message automatique de ChatLink ({ $host }). Merci de ne pas y répondre.
