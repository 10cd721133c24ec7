code =
    .lifetime =
        { $minutes ->
            [one] It is valid for one minute.
           *[other] It is valid for { $minutes } minutes.
        }
    .secrecy = Never tell it to anyone. Nobody at ChatLink will ever ask you for it.
    .text-advice =
        { $minutes ->
            [one] Valid for one minute. Never tell it to anyone. Not you? Ignore this.
           *[other] Valid for { $minutes } minutes. Never tell it to anyone. Not you? Ignore this.
        }

registration-code =
    .subject = Your ChatLink code
    .greeting = Welcome to ChatLink! This code confirms your email address:
    .ignore = If you did not ask for this code, simply ignore this message: nothing will happen.
    .text-greeting = Your ChatLink code:

password-reset-code =
    .subject = Reset your ChatLink password
    .greeting = Somebody, hopefully you, wants to choose a new password for your ChatLink account. This code allows it:
    .ignore = If it was not you, simply ignore this message: your password stays as it is.
    .text-greeting = ChatLink reset code:

identifier-change-code =
    .subject = Confirm your address for ChatLink
    .greeting = This code confirms that you want to use this email address for your ChatLink account:
    .ignore = If you did not ask for this code, simply ignore this message: nothing will happen.
    .text-greeting = ChatLink change code:

account-exists =
    .subject = You already have a ChatLink account
    .notice = Somebody, perhaps you, tried to register at ChatLink with this email address. But you already have an account.
    .advice = If it was you, please log in instead, or reset your password if you have forgotten it.
    .ignore = If it was not you, simply ignore this message: your account has not been touched, and they have not learnt that it exists.
    .text-notice = ChatLink: somebody, perhaps you, tried to register with this number. You already have an account: log in or reset your password. Not you? Ignore this.

notice =
    .advice = If it was you, there is nothing to do. If it was not, reset your password at once: that also logs out everybody who is using your account.

password-changed =
    .subject = Your ChatLink password was changed
    .notice = The password of your ChatLink account was changed.
    .text-notice = ChatLink: the password of your account was changed. Not you? Reset it at once.

identifier-changed =
    .subject = Your ChatLink account: an address was changed
    .notice =
        { $channel ->
            [email] The email address of your ChatLink account was changed.
           *[sms] The phone number of your ChatLink account was changed.
        }
    .advice = If it was you, there is nothing to do. If it was not, log in with your username at once, change your password, and check the addresses of your account.
    .text-notice =
        { $channel ->
            [email] ChatLink: the email address of your account was changed. Not you? Log in and change your password at once.
           *[sms] ChatLink: the phone number of your account was changed. Not you? Log in and change your password at once.
        }

new-login =
    .subject = New login to your ChatLink account
    .notice = Somebody logged in to your ChatLink account from a device that was not seen before: { $time }, from the network address { $address }.
    .text-notice = ChatLink: new login to your account, { $time }, from { $address }. Not you? Reset your password at once.

mail =
    .footer = Sent automatically by ChatLink ({ $host }). Please do not reply.
