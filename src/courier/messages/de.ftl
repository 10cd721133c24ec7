code =
    .lifetime =
        { $minutes ->
            [one] Er gilt eine Minute lang.
           *[other] Er gilt { $minutes } Minuten lang.
        }
    .secrecy = Verrate ihn niemandem. ChatLink wird dich nie danach fragen.
    .text-advice =
        { $minutes ->
            [one] Gilt eine Minute. Verrate ihn niemandem. Nicht angefordert? Ignorieren.
           *[other] Gilt { $minutes } Minuten. Verrate ihn niemandem. Nicht angefordert? Ignorieren.
        }

registration-code =
    .subject = Dein ChatLink-Code
    .greeting = Willkommen bei ChatLink! Dieser Code bestätigt deine E-Mail-Adresse:
    .ignore = Wenn du diesen Code nicht angefordert hast, ignoriere diese Nachricht einfach: Es passiert nichts.
    .text-greeting = Dein ChatLink-Code:

password-reset-code =
    .subject = Setze dein ChatLink-Passwort zurück
    .greeting = Jemand, hoffentlich du, möchte ein neues Passwort für dein ChatLink-Konto wählen. Dieser Code erlaubt es:
    .ignore = Wenn du es nicht warst, ignoriere diese Nachricht einfach: Dein Passwort bleibt, wie es ist.
    .text-greeting = ChatLink-Reset-Code:

identifier-change-code =
    .subject = Bestätige deine Adresse für ChatLink
    .greeting = Dieser Code bestätigt, dass du diese E-Mail-Adresse für dein ChatLink-Konto verwenden möchtest:
    .ignore = Wenn du diesen Code nicht angefordert hast, ignoriere diese Nachricht einfach: Es passiert nichts.
    .text-greeting = ChatLink-Wechselcode:

account-exists =
    .subject = Du hast schon ein ChatLink-Konto
    .notice = Jemand, vielleicht du, wollte sich mit dieser E-Mail-Adresse bei ChatLink registrieren. Du hast aber schon ein Konto.
    .advice = Wenn du es warst, melde dich einfach an oder setze dein Passwort zurück, falls du es vergessen hast.
    .ignore = Wenn du es nicht warst, ignoriere diese Nachricht einfach: Dein Konto ist unberührt, und niemand hat erfahren, dass es existiert.
    .text-notice = ChatLink: Jemand wollte sich mit dieser Nummer registrieren. Du hast schon ein Konto: Melde dich an oder setze dein Passwort zurück. Nicht du? Ignorieren.

notice =
    .advice = Wenn du es warst, brauchst du nichts zu tun. Wenn nicht, setze sofort dein Passwort zurück: Das meldet auch alle ab, die dein Konto gerade benutzen.

password-changed =
    .subject = Dein ChatLink-Passwort wurde geändert
    .notice = Das Passwort deines ChatLink-Kontos wurde geändert.
    .text-notice = ChatLink: Das Passwort deines Kontos wurde geändert. Nicht du? Setze es sofort zurück.

identifier-changed =
    .subject = Dein ChatLink-Konto: Eine Adresse wurde geändert
    .notice =
        { $channel ->
            [email] Die E-Mail-Adresse deines ChatLink-Kontos wurde geändert.
           *[sms] Die Telefonnummer deines ChatLink-Kontos wurde geändert.
        }
    .advice = Wenn du es warst, brauchst du nichts zu tun. Wenn nicht, melde dich sofort mit deinem Benutzernamen an, ändere dein Passwort und prüfe die Adressen deines Kontos.
    .text-notice =
        { $channel ->
            [email] ChatLink: Die E-Mail-Adresse deines Kontos wurde geändert. Nicht du? Melde dich an und ändere sofort dein Passwort.
           *[sms] ChatLink: Die Telefonnummer deines Kontos wurde geändert. Nicht du? Melde dich an und ändere sofort dein Passwort.
        }

new-login =
    .subject = Neue Anmeldung bei deinem ChatLink-Konto
    .notice = Jemand hat sich von einem bisher unbekannten Gerät bei deinem ChatLink-Konto angemeldet: { $time }, von der Netzwerkadresse { $address }.
    .text-notice = ChatLink: Neue Anmeldung bei deinem Konto, { $time }, von { $address }. Nicht du? Setze sofort dein Passwort zurück.

mail =
    .footer = Automatische Nachricht von ChatLink ({ $host }). Bitte nicht antworten.
