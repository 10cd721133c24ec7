code =
    .lifetime =
        { $minutes ->
            [one] Es válido durante un minuto.
           *[other] Es válido durante { $minutes } minutos.
        }
    .secrecy = No se lo des a nadie. En ChatLink nunca te lo pediremos.
    .text-advice =
        { $minutes ->
            [one] Vale un minuto. No se la des a nadie. Si no la pediste, ignora esto.
           *[other] Vale { $minutes } minutos. No se la des a nadie. Si no la pediste, ignora esto.
        }

registration-code =
    .subject = Tu código de ChatLink
    .greeting = ¡Te damos la bienvenida a ChatLink! Este código confirma tu dirección de correo:
    .ignore = Si no has pedido este código, ignora este mensaje: no pasará nada.
    .text-greeting = Tu clave de ChatLink:

password-reset-code =
    .subject = Restablece tu contraseña de ChatLink
    .greeting = Alguien, esperamos que tú, quiere elegir una contraseña nueva para tu cuenta de ChatLink. Este código lo permite:
    .ignore = Si no has sido tú, ignora este mensaje: tu contraseña no cambiará.
    .text-greeting = Clave ChatLink (reset):

identifier-change-code =
    .subject = Confirma tu dirección para ChatLink
    .greeting = Este código confirma que quieres usar esta dirección de correo en tu cuenta de ChatLink:
    .ignore = Si no has pedido este código, ignora este mensaje: no pasará nada.
    .text-greeting = Clave ChatLink nueva:

account-exists =
    .subject = Ya tienes una cuenta de ChatLink
    .notice = Alguien, quizá tú, ha intentado registrarse en ChatLink con esta dirección de correo. Pero ya tienes una cuenta.
    .advice = Si has sido tú, inicia sesión o restablece tu contraseña si la has olvidado.
    .ignore = Si no has sido tú, ignora este mensaje: nadie ha tocado tu cuenta ni ha sabido que existe.
    .text-notice = ChatLink: alguien ha querido registrarse con este teléfono. Ya tienes una cuenta: entra o cambia tu contraseña. Si lo hizo otra persona, ignora esto.

notice =
    .advice = Si has sido tú, no tienes que hacer nada. Si no, restablece tu contraseña de inmediato: así también se cierra la sesión de cualquiera que esté usando tu cuenta.

password-changed =
    .subject = Se ha cambiado tu contraseña de ChatLink
    .notice = Se ha cambiado la contraseña de tu cuenta de ChatLink.
    .text-notice = ChatLink: se ha cambiado la contraseña de tu cuenta. Si ha sido otra persona, cambia la contraseña ya.

identifier-changed =
    .subject = Tu cuenta de ChatLink: ha cambiado una dirección
    .notice =
        { $channel ->
            [email] Se ha cambiado la dirección de correo de tu cuenta de ChatLink.
           *[sms] Se ha cambiado el número de teléfono de tu cuenta de ChatLink.
        }
    .advice = Si has sido tú, no tienes que hacer nada. Si no, inicia sesión de inmediato con tu nombre de usuario, cambia tu contraseña y comprueba las direcciones de tu cuenta.
    .text-notice =
        { $channel ->
            [email] ChatLink: se ha cambiado el correo de tu cuenta. Si ha sido otra persona, entra y cambia tu contraseña ya.
           *[sms] ChatLink: se ha cambiado el teléfono de tu cuenta. Si ha sido otra persona, entra y cambia tu contraseña ya.
        }

new-login =
    .subject = Nuevo inicio de sesión en tu cuenta de ChatLink
    .notice = Alguien ha iniciado sesión en tu cuenta de ChatLink desde un dispositivo desconocido: { $time }, desde la dirección de red { $address }.
    .text-notice = ChatLink: nuevo acceso a tu cuenta, { $time }, desde { $address }. Si ha sido otra persona, cambia tu contraseña ya.

mail =
    .footer = Mensaje automático de ChatLink ({ $host }). Por favor, no respondas.
