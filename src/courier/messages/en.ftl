registration-code =
    .subject = Your ChatLink code
    .greeting = Welcome to ChatLink! This code confirms your email address:
    .lifetime =
        { $minutes ->
            [one] It is valid for one minute.
           *[other] It is valid for { $minutes } minutes.
        }
    .secrecy = Never tell it to anyone. Nobody at ChatLink will ever ask you for it.
    .ignore = If you did not ask for this code, simply ignore this message: nothing will happen.
    .text-greeting = Your ChatLink code:
    .text-advice =
        { $minutes ->
            [one] Valid for one minute. Never tell it to anyone. Not you? Ignore this.
           *[other] Valid for { $minutes } minutes. Never tell it to anyone. Not you? Ignore this.
        }

account-exists =
    .subject = You already have a ChatLink account
    .notice = Somebody, perhaps you, tried to register at ChatLink with this email address. But you already have an account.
    .advice = If it was you, please log in instead, or reset your password if you have forgotten it.
    .ignore = If it was not you, simply ignore this message: your account has not been touched, and they have not learnt that it exists.
    .text-notice = ChatLink: somebody, perhaps you, tried to register with this number. You already have an account: log in or reset your password. Not you? Ignore this.

mail =
    .footer = Sent automatically by ChatLink ({ $host }). Please do not reply.
