registration-code =
    .subject = 您的 ChatLink 验证码
    .greeting = 欢迎来到 ChatLink！请用以下验证码确认您的邮箱地址：
    .lifetime = 验证码在 { $minutes } 分钟内有效。
    .secrecy = 请勿将验证码告诉任何人，ChatLink 绝不会向您索要。
    .ignore = 如果您没有请求此验证码，请忽略本邮件，不会有任何影响。
    .text-greeting = ChatLink 验证码：
    .text-advice = { $minutes } 分钟内有效。请勿告诉任何人。非本人操作请忽略。

account-exists =
    .subject = 您已有 ChatLink 账户
    .notice = 有人（也许是您本人）尝试用此邮箱地址注册 ChatLink，但您已经有账户了。
    .advice = 如果是您本人，请直接登录；如果忘记了密码，请重置密码。
    .ignore = 如果不是您本人，请忽略本邮件：您的账户未受任何影响，对方也不知道该账户存在。
    .text-notice = ChatLink：有人（也许是您）尝试用此号码注册。您已有账户：请直接登录或重置密码。非本人操作请忽略。

mail =
    .footer = 此邮件由 ChatLink（{ $host }）自动发送，请勿回复。
