registration-code =
    .subject = Dein ChatLink-Code
    .greeting = Willkommen bei ChatLink! Dieser Code bestätigt deine E-Mail-Adresse:
    .lifetime =
        { $minutes ->
            [one] Er gilt eine Minute lang.
           *[other] Er gilt { $minutes } Minuten lang.
        }
    .secrecy = Verrate ihn niemandem. ChatLink wird dich nie danach fragen.
    .ignore = Wenn du diesen Code nicht angefordert hast, ignoriere diese Nachricht einfach: Es passiert nichts.
    .text-greeting = Dein ChatLink-Code:
    .text-advice =
        { $minutes ->
            [one] Gilt eine Minute. Verrate ihn niemandem. Nicht angefordert? Ignorieren.
           *[other] Gilt { $minutes } Minuten. Verrate ihn niemandem. Nicht angefordert? Ignorieren.
        }

account-exists =
    .subject = Du hast schon ein ChatLink-Konto
    .notice = Jemand, vielleicht du, wollte sich mit dieser E-Mail-Adresse bei ChatLink registrieren. Du hast aber schon ein Konto.
    .advice = Wenn du es warst, melde dich einfach an oder setze dein Passwort zurück, falls du es vergessen hast.
    .ignore = Wenn du es nicht warst, ignoriere diese Nachricht einfach: Dein Konto ist unberührt, und niemand hat erfahren, dass es existiert.
    .text-notice = ChatLink: Jemand wollte sich mit dieser Nummer registrieren. Du hast schon ein Konto: Melde dich an oder setze dein Passwort zurück. Nicht du? Ignorieren.

mail =
    .footer = Automatische Nachricht von ChatLink ({ $host }). Bitte nicht antworten.
