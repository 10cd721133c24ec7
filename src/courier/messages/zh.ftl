code =
    .lifetime = 验证码在 { $minutes } 分钟内有效。
    .secrecy = 请勿将验证码告诉任何人，ChatLink 绝不会向您索要。
    .text-advice = { $minutes } 分钟内有效。请勿告诉任何人。非本人操作请忽略。

registration-code =
    .subject = 您的 ChatLink 验证码
    .greeting = 欢迎来到 ChatLink！请用以下验证码确认您的邮箱地址：
    .ignore = 如果您没有请求此验证码，请忽略本邮件，不会有任何影响。
    .text-greeting = ChatLink 验证码：

password-reset-code =
    .subject = 重置您的 ChatLink 密码
    .greeting = 有人（希望是您本人）想为您的 ChatLink 账户设置新密码。请使用以下验证码：
    .ignore = 如果不是您本人，请忽略本邮件，您的密码不会改变。
    .text-greeting = ChatLink 密码重置验证码：

identifier-change-code =
    .subject = 确认您的 ChatLink 邮箱地址
    .greeting = 请用以下验证码确认将此邮箱地址用于您的 ChatLink 账户：
    .ignore = 如果您没有请求此验证码，请忽略本邮件，不会有任何影响。
    .text-greeting = ChatLink 号码变更验证码：

account-exists =
    .subject = 您已有 ChatLink 账户
    .notice = 有人（也许是您本人）尝试用此邮箱地址注册 ChatLink，但您已经有账户了。
    .advice = 如果是您本人，请直接登录；如果忘记了密码，请重置密码。
    .ignore = 如果不是您本人，请忽略本邮件：您的账户未受任何影响，对方也不知道该账户存在。
    .text-notice = ChatLink：有人（也许是您）尝试用此号码注册。您已有账户：请直接登录或重置密码。非本人操作请忽略。

notice =
    .advice = 如果是您本人，则无需任何操作。如果不是，请立即重置密码：这也会让所有正在使用您账户的人退出登录。

password-changed =
    .subject = 您的 ChatLink 密码已更改
    .notice = 您的 ChatLink 账户密码已更改。
    .text-notice = ChatLink：您的账户密码已更改。非本人操作请立即重置密码。

identifier-changed =
    .subject = 您的 ChatLink 账户：联系方式已更改
    .notice =
        { $channel ->
            [email] 您的 ChatLink 账户的邮箱地址已更改。
           *[sms] 您的 ChatLink 账户的手机号码已更改。
        }
    .advice = 如果是您本人，则无需任何操作。如果不是，请立即用用户名登录，更改密码，并检查账户的联系方式。
    .text-notice =
        { $channel ->
            [email] ChatLink：您的账户邮箱地址已更改。非本人操作请立即登录并更改密码。
           *[sms] ChatLink：您的账户手机号码已更改。非本人操作请立即登录并更改密码。
        }

new-login =
    .subject = 您的 ChatLink 账户有新的登录
    .notice = 有人从新的设备登录了您的 ChatLink 账户：{ $time }，网络地址 { $address }。
    .text-notice = ChatLink：您的账户有新的登录（{ $time }，{ $address }）。非本人操作请立即重置密码。

mail =
    .footer = 此邮件由 ChatLink（{ $host }）自动发送，请勿回复。
