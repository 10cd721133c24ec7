code =
    .lifetime =
        { $minutes ->
            [one] Ele é válido por um minuto.
           *[other] Ele é válido por { $minutes } minutos.
        }
    .secrecy = Não o revele a ninguém. O ChatLink nunca vai pedir esse código a você.
    .text-advice =
        { $minutes ->
            [one] Vale um minuto. Nunca o revele a ninguém. Se outra pessoa pediu, ignore.
           *[other] Vale { $minutes } minutos. Nunca o revele a ninguém. Se outra pessoa pediu, ignore.
        }

registration-code =
    .subject = Seu código do ChatLink
    .greeting = Boas-vindas ao ChatLink! Este código confirma seu endereço de e-mail:
    .ignore = Se você não pediu este código, ignore esta mensagem: nada vai acontecer.
    .text-greeting = Seu PIN ChatLink:

password-reset-code =
    .subject = Redefina sua senha do ChatLink
    .greeting = Alguém, esperamos que você, quer escolher uma nova senha para sua conta do ChatLink. Este código permite isso:
    .ignore = Se não foi você, ignore esta mensagem: sua senha continua a mesma.
    .text-greeting = ChatLink PIN reset:

identifier-change-code =
    .subject = Confirme seu endereço para o ChatLink
    .greeting = Este código confirma que você quer usar este endereço de e-mail na sua conta do ChatLink:
    .ignore = Se você não pediu este código, ignore esta mensagem: nada vai acontecer.
    .text-greeting = PIN ChatLink novo:

account-exists =
    .subject = Você já tem uma conta no ChatLink
    .notice = Alguém, talvez você, tentou se cadastrar no ChatLink com este endereço de e-mail. Mas você já tem uma conta.
    .advice = Se foi você, faça login ou redefina sua senha, caso a tenha esquecido.
    .ignore = Se não foi você, ignore esta mensagem: ninguém mexeu na sua conta nem ficou sabendo que ela existe.
    .text-notice = ChatLink: alguém tentou criar outra conta com este telefone. Sua conta existe: entre nela ou redefina a senha. Se foi outra pessoa, ignore.

notice =
    .advice = Se foi você, não é preciso fazer nada. Se não foi, redefina sua senha imediatamente: isso também desconecta qualquer pessoa que esteja usando sua conta.

password-changed =
    .subject = Sua senha do ChatLink foi alterada
    .notice = A senha da sua conta do ChatLink foi alterada.
    .text-notice = ChatLink: a senha da sua conta foi alterada. Se outra pessoa fez isso, redefina a senha agora.

identifier-changed =
    .subject = Sua conta do ChatLink: um endereço foi alterado
    .notice =
        { $channel ->
            [email] O endereço de e-mail da sua conta do ChatLink foi alterado.
           *[sms] O número de telefone da sua conta do ChatLink foi alterado.
        }
    .advice = Se foi você, não é preciso fazer nada. Se não foi, entre imediatamente com seu nome de usuário, altere sua senha e confira os endereços da sua conta.
    .text-notice =
        { $channel ->
            [email] ChatLink: o e-mail da sua conta foi alterado. Se outra pessoa fez isso, entre e altere sua senha agora.
           *[sms] ChatLink: o telefone da sua conta foi alterado. Se outra pessoa fez isso, entre e altere sua senha agora.
        }

new-login =
    .subject = Novo acesso à sua conta do ChatLink
    .notice = Alguém entrou na sua conta do ChatLink por um dispositivo ainda desconhecido: { $time }, do endereço de rede { $address }.
    .text-notice = ChatLink: novo acesso a sua conta, { $time }, de { $address }. Se outra pessoa entrou, redefina a senha agora.

mail =
    .footer = Mensagem automática do ChatLink ({ $host }). Por favor, não responda.
