registration-code =
    .subject = Tu código de ChatLink
    .greeting = ¡Te damos la bienvenida a ChatLink! Este código confirma tu dirección de correo:
    .lifetime =
        { $minutes ->
            [one] Es válido durante un minuto.
           *[other] Es válido durante { $minutes } minutos.
        }
    .secrecy = No se lo des a nadie. En ChatLink nunca te lo pediremos.
    .ignore = Si no has pedido este código, ignora este mensaje: no pasará nada.
    .text-greeting = Tu clave de ChatLink:
    .text-advice =
        { $minutes ->
            [one] Vale un minuto. No se la des a nadie. Si no la pediste, ignora esto.
           *[other] Vale { $minutes } minutos. No se la des a nadie. Si no la pediste, ignora esto.
        }

account-exists =
    .subject = Ya tienes una cuenta de ChatLink
    .notice = Alguien, quizá tú, ha intentado registrarse en ChatLink con esta dirección de correo. Pero ya tienes una cuenta.
    .advice = Si has sido tú, inicia sesión o restablece tu contraseña si la has olvidado.
    .ignore = Si no has sido tú, ignora este mensaje: nadie ha tocado tu cuenta ni ha sabido que existe.
    .text-notice = ChatLink: alguien ha querido registrarse con este teléfono. Ya tienes una cuenta: entra o cambia tu contraseña. Si lo hizo otra persona, ignora esto.

mail =
    .footer = Mensaje automático de ChatLink ({ $host }). Por favor, no respondas.
