code =
    .lifetime = このコードの有効期限は{ $minutes }分です。
    .secrecy = コードは誰にも教えないでください。ChatLinkからお尋ねすることは決してありません。
    .text-advice = 有効期限{ $minutes }分。誰にも教えないでください。心当たりがなければ無視してください。

registration-code =
    .subject = ChatLinkの確認コード
    .greeting = ChatLinkへようこそ！次のコードでメールアドレスを確認してください。
    .ignore = このコードに心当たりがない場合は、このメールを無視してください。何も起こりません。
    .text-greeting = ChatLinkの確認コード：

password-reset-code =
    .subject = ChatLinkのパスワードの再設定
    .greeting = どなたか（おそらくお客様ご自身）が、ChatLinkアカウントの新しいパスワードを設定しようとしています。次のコードで設定できます。
    .ignore = 心当たりがない場合は、このメールを無視してください。パスワードは変わりません。
    .text-greeting = ChatLinkの再設定コード：

identifier-change-code =
    .subject = ChatLinkのメールアドレスの確認
    .greeting = 次のコードで、このメールアドレスをChatLinkアカウントで使用することを確認してください。
    .ignore = このコードに心当たりがない場合は、このメールを無視してください。何も起こりません。
    .text-greeting = ChatLinkの変更コード：

account-exists =
    .subject = ChatLinkのアカウントはすでにあります
    .notice = どなたか（あるいはお客様ご自身）が、このメールアドレスでChatLinkに登録しようとしました。しかし、お客様のアカウントはすでにあります。
    .advice = ご本人の場合は、ログインしてください。パスワードをお忘れの場合は、再設定してください。
    .ignore = 心当たりがない場合は、このメールを無視してください。アカウントに変更はなく、アカウントがあることも相手には知られていません。
    .text-notice = ChatLink：この番号での新規登録の操作がありました。アカウントはすでにあります。ログインするか、パスワードを再設定してください。心当たりがなければ無視してください。

notice =
    .advice = ご本人の場合は、何もする必要はありません。心当たりがない場合は、すぐにパスワードを再設定してください。アカウントを使用中のすべての人がログアウトされます。

password-changed =
    .subject = ChatLinkのパスワードが変更されました
    .notice = ChatLinkアカウントのパスワードが変更されました。
    .text-notice = ChatLink：アカウントのパスワードが変更されました。心当たりがなければ、すぐに再設定してください。

identifier-changed =
    .subject = ChatLinkアカウントの連絡先が変更されました
    .notice =
        { $channel ->
            [email] ChatLinkアカウントのメールアドレスが変更されました。
           *[sms] ChatLinkアカウントの電話番号が変更されました。
        }
    .advice = ご本人の場合は、何もする必要はありません。心当たりがない場合は、すぐにユーザー名でログインしてパスワードを変更し、アカウントの連絡先を確認してください。
    .text-notice =
        { $channel ->
            [email] ChatLink：アカウントのメールアドレスが変更されました。心当たりがなければ、すぐにログインしてパスワードを変更してください。
           *[sms] ChatLink：アカウントの電話番号が変更されました。心当たりがなければ、すぐにログインしてパスワードを変更してください。
        }

new-login =
    .subject = ChatLinkアカウントへの新しいログイン
    .notice = これまで使われていない端末から、ChatLinkアカウントへのログインがありました：{ $time }、ネットワークアドレス { $address }。
    .text-notice = ChatLink：新しいログイン（{ $time }、{ $address }）。心当たりがなければ、すぐにパスワードを再設定してください。

mail =
    .footer = このメールはChatLink（{ $host }）から自動送信されています。返信はできません。
