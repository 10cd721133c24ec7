registration-code =
    .subject = Seu código do ChatLink
    .greeting = Boas-vindas ao ChatLink! Este código confirma seu endereço de e-mail:
    .lifetime =
        { $minutes ->
            [one] Ele é válido por um minuto.
           *[other] Ele é válido por { $minutes } minutos.
        }
    .secrecy = Não o revele a ninguém. O ChatLink nunca vai pedir esse código a você.
    .ignore = Se você não pediu este código, ignore esta mensagem: nada vai acontecer.
    .text-greeting = Seu PIN ChatLink:
    .text-advice =
        { $minutes ->
            [one] Vale um minuto. Nunca o revele a ninguém. Se outra pessoa pediu, ignore.
           *[other] Vale { $minutes } minutos. Nunca o revele a ninguém. Se outra pessoa pediu, ignore.
        }

account-exists =
    .subject = Você já tem uma conta no ChatLink
    .notice = Alguém, talvez você, tentou se cadastrar no ChatLink com este endereço de e-mail. Mas você já tem uma conta.
    .advice = Se foi você, faça login ou redefina sua senha, caso a tenha esquecido.
    .ignore = Se não foi você, ignore esta mensagem: ninguém mexeu na sua conta nem ficou sabendo que ela existe.
    .text-notice = ChatLink: alguém tentou criar outra conta com este telefone. Sua conta existe: entre nela ou redefina a senha. Se foi outra pessoa, ignore.

mail =
    .footer = Mensagem automática do ChatLink ({ $host }). Por favor, não responda.
