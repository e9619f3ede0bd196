/** Japanese sentences for what the server says in English: settings, broken rules, warnings, troubles. */
import type { ServerWords } from "./console-server-words.ts";

export const words: ServerWords = {
  settings: {
    port: "待ち受けるポート。0 なら空いているものを選びます。",
    host: "待ち受けるアドレス。既定はこのマシンのみ。0.0.0.0 ですべてのアドレス。",
    socket: "host と port の代わりに待ち受ける Unix ソケット。このマシンのプロキシ向け。空なら使いません。",
    socket_mode: "ソケットファイルの権限。接続できる人を決めます。660 はサーバーのユーザーとグループ。",
    tls_cert:
      "サーバー自身の TLS。証明書とチェーンの PEM ファイルで、変わると読み直します。空なら HTTP（前段にプロキシ）。",
    tls_key: "tls_cert の鍵の PEM ファイル。パスフレーズなし。",
    data_dir: "ログ、鍵、ビルド済みウィジェットのフォルダー。",
    log: "ログを置くデータベース。PostgreSQL 13 以降。複数ならトピックを分担します。空ならデータフォルダーの SQLite。",
    public_url:
      "ブラウザーがこのサーバーに届くアドレス。タグに使われ、このオリジンのページは接続できます。パス付きならその下でも応答します。空ならリクエストから。",
    log_level: "標準エラー出力に出すログ行の最低レベル。",
    allowed_origins:
      '接続と投稿ができるページ。"*" なら、ゲストに開いたトピックをどのページにも埋め込めます。',
    trusted_proxy_hops:
      "サーバーの前にあるリバースプロキシの数。X-Forwarded-For の末尾からその数だけ信頼します。",
    operator_key: "オペレーターキー。空なら最初の起動で作り、データフォルダーに保存します。",
    guest_secret: "ゲストの認証情報に署名する秘密。空なら最初の起動で作り、データフォルダーに保存します。",
    token_secret:
      "サイトのバックエンドがユーザーのトークンに署名する秘密（HS256）。空ならそのトークンは拒否します。",
    token_keys:
      "ユーザーのトークンの公開鍵（RS256、ES256、EdDSA）。JWKS ファイルかそのアドレス。空ならそのトークンは拒否します。",
    token_issuer: "トークンに必要な `iss`。空なら何でも可。",
    token_audience: "トークンに必要な、または含まれるべき `aud`。空なら何でも可。",
    token_skew_s: "トークン発行者の時計とこのサーバーの時計の許容差（秒）。",
    reserved_names: "ゲストの名前に使えない言葉。似た文字も含みます。",
    guest_gate:
      "新しいゲストが書き込む前の確認。none（なし）、work（計算の証明）、callback（バックエンドへの問い合わせ）。",
    gate_work_bits:
      "計算の証明で見つける先頭のゼロビット数。1 ビットごとに計算が倍になります。16 ならパソコンで 0.1 秒、古い電話で数秒。",
    gate_url: "問い合わせ：新しいゲストが書けるかを決めるアドレス。",
    gate_timeout_ms: "問い合わせ：サーバーが返答を待つ時間。",
    gate_on_failure:
      "問い合わせ：バックエンドが答えないとき、新しいゲストが書ける（open）か書けない（closed）か。",
    durability:
      "fsync：確認済みのメッセージは停電でも残ります。os：kill -9 では残りますが、停電では最後のものを失うことがあります。",
    max_commit_window_ms:
      "負荷時にメッセージが待つ最長時間。多くのメッセージで 1 回の fsync と配信を共有します。静かなときは待ちません。",
    search: "メッセージを検索できます。索引は 1 件あたり約 150 バイト。",
    retain_messages: "トピックが保持するメッセージ数。0 ならすべて保持。",
    retain_days: "トピックがメッセージを保持する日数。0 ならすべて保持。",
    audit_days: "効力を失った変更を監査ログに残す日数。0 ならすべて保持。",
    max_topics: "ゲストとユーザーがパターンで作れるトピックの総数。メッセージのないトピックは消えます。",
    address_new_topics: "1 つのアドレスのゲストとユーザーがパターンで作れるトピック数（毎時）。",
    max_text_bytes: "最も長い本文（UTF-8 のバイト数）。文章 2 ページ分。",
    max_frame_bytes:
      "受け付ける WebSocket フレームまたは HTTP 本文の最大。エスケープした最長の本文より大きい値。",
    max_queued_bytes:
      "サーバーが閉じるまでにセッションがためられる未読バイト数（クライアントは後で再開）。遅い読み手のメモリを抑えます。",
    max_total_queued_bytes:
      "全セッションの未読バイト数の合計。超えると遅いセッションから閉じます。サーバーのメモリを抑えます。",
    max_growing: "同時に伸びるメッセージの総数。それぞれ毎秒 10 回まで書き直されます。",
    max_growing_per_user: "1 人の投稿者の同時に伸びるメッセージ数。1 つのキーで多くのビルド。",
    growing_idle_s: "追記がないまま、伸びるメッセージをそのまま終わらせるまでの秒数。",
    max_topics_per_session: "1 つのセッションが購読できるトピック数。ページには多く、攻撃には少ない数。",
    max_history_page: "履歴 1 ページのメッセージ数。",
    max_sessions: "開いているセッションの総数。開けるファイル数の上限をこれより大きくします。",
    max_sessions_per_address:
      "1 つのアドレスから開けるセッション数。ルーター 1 台の会社には十分で、大量攻撃には足りない数。",
    hello_timeout_ms: "新しいセッションが `hello` なしで開いていられる時間。",
    idle_timeout_s:
      "無通信で接続を閉じるまでの秒数。サーバーは約 16 秒前に ping を送り、30 秒で閉じるプロキシにも間に合います。",
    session_publish_rate: "ゲストの 1 セッションが平均して毎秒投稿できるメッセージ数。人が打つより速い値。",
    session_publish_burst: "静かな後、ゲストの 1 セッションが一度に投稿できるメッセージ数。",
    address_publish_rate: "1 つのアドレスの全ゲストが毎秒投稿できるメッセージ数。",
    address_publish_burst: "静かな後、1 つのアドレスの全ゲストが一度に投稿できるメッセージ数。",
    user_publish_rate:
      "1 人のゲストまたはユーザーが全セッションで毎秒投稿できるメッセージ数。タブを増やしても上限は同じ。",
    user_publish_burst: "静かな後、1 人のゲストまたはユーザーが一度に投稿できるメッセージ数。",
    topic_publish_rate:
      "トピックの全ゲストとユーザーが毎秒投稿できるメッセージ数。人が読める量より多く、多数のアドレスからの殺到を抑えます。",
    topic_publish_burst:
      "静かな後、トピックの全ゲストとユーザーが一度に投稿できるメッセージ数。ゴールやアンコールの瞬間に。",
    join_rate: "このサーバーで毎秒開けるセッション数。1 つのプロセッサーが他に応じながら開ける数。",
    join_burst: "一度に開けるセッション数。デプロイ後、満員のサーバーの読み手が全員戻ってきます。",
    address_join_rate:
      "1 つのアドレスから毎秒開けるセッション数。再読み込みには十分で、大量攻撃には足りない数。",
    address_join_burst: "1 つのアドレスから一度に開けるセッション数。デプロイ後に会社全体が戻ってきます。",
    address_read_rate:
      "1 つのアドレスからの HTTP の読み取り数（毎秒）。WebSocket の履歴ページも含み、応答 16 KB ごとに 1 回増えます。",
    address_read_burst:
      "1 つのアドレスからの一度の読み取り数。会社で記録を開く、スクリプトが履歴をたどるなど。",
    address_file_rate:
      "1 つのアドレスが毎秒読み込めるページとウィジェットのファイル数。16 KB ごとに 1 つ増えます。",
    address_file_burst:
      "1 つのアドレスが一度に読み込めるページとウィジェットのファイル数。満員の講堂がチャット付きページを開くと 1 人十数ファイル。",
    address_guess_rate: "1 つのアドレスについてサーバーが毎秒調べる誤ったキーやトークンの数。",
    address_guess_burst:
      "1 つのアドレスからの一度の誤ったキーやトークンの数。打ち間違いは許し、それ以上は拒否して記録します。",
    session_command_rate: "ゲストの 1 セッションが毎秒送れるコマンド数（種類を問わず）。",
    session_command_burst:
      "ゲストの 1 セッションが一度に送れるコマンド数。多くのトピックを持つページの開始時。",
    ring_entries:
      "活動中のトピックでメモリに残す最新メッセージ数。短い不在なら、ログを読まずに再開できます。",
    drain_window_ms: "停止時：セッションの再接続時刻をこの幅に分散します。",
    drain_delay_ms:
      "停止時：セッションを閉じる前に /readyz が 503 を返す時間。ロードバランサーが気づけます。",
    hooks_allow_private:
      "Webhook をプライベートなアドレス（このマシンや自分のネットワーク）へ送ってよいか。false なら公開インターネットのみ。",
    hooks_timeout_ms: "Webhook の受け手が答えるまでの時間。遅い返答は数えません。",
    ask_timeout_ms:
      "先に問い合わせる Webhook が答えるまでの時間。過ぎると代わりの動作になります。訪問者はその間待ちます。",
    alert_pause_s: "同じトピックの 2 つの通知の間隔（秒）。誰かが書き、モデレーターがいないときの通知です。",
    smtp_url: "mailto: アドレスへの Webhook に使うメールサーバー。空ならなし。そのアドレスは拒否します。",
    mail_from: "メールの差出人。空なら受取人自身のアドレス。",
    hooks_in_bytes: "受信 Webhook が受け付ける最大の本文。GitHub と Grafana は内容よりはるかに多く送ります。",
    hook_in_rate: "1 つの受信 Webhook が平均して毎秒投稿できるメッセージ数。Slack や Discord より多め。",
    hook_in_burst: "静かな後、1 つの受信 Webhook が一度に投稿できるメッセージ数。警報の嵐に。",
    ntfy_keepalive_s:
      "ntfy の購読者に生存信号を送るまでの無通信の秒数。ntfy のクライアントはその約 1 分後にあきらめます。",
    feed_days:
      "フィードを保持する日数。読み手や Webhook がさかのぼれます。Webhook の未送信分はより長く残ります。",
    push: "ゲストとユーザーが端末でプッシュ通知を受け取れるか。",
    push_contact:
      "プッシュサービスからの連絡先。各リクエストに入り、Apple は実在のものを求めます。空なら public_url。",
    push_payload:
      "text：投稿者と本文の冒頭を端末向けに暗号化して送ります。none：新着があることだけを知らせます。",
    push_wait_ms:
      "読み手がここにいるかもしれないためにプッシュ通知を待たせる時間。ページの再読み込みや、すぐ読まれるメッセージ。",
    push_every_s: "1 つのトピックから 1 台の端末への通知の間隔（秒）。その間に来たものは次の通知で数えます。",
    push_devices: "全ユーザーのプッシュ通知を受け取れる端末数。1 台につきメモリ 1 キロバイト。",
    push_allow_private:
      "訪問者がプライベートなアドレス、他のポート、TLS なしのプッシュサービスを指定できるか。テスト用。公開サーバーでは決して使わないでください。",
    console_hours:
      "コンソールへのサインインが続く時間数。1 週間なら、たまに見るオーナーもサインインしたままです。",
    console_proxy_header:
      "プロキシがサインインさせたオーナーの名を入れるヘッダー。訪問者が送るこのヘッダーをプロキシが取り除く場合だけ設定します。空ならなし。",
    console_proxy_from:
      "console_proxy_header を信じるプロキシ。接続元のアドレス、または socket の場合は unix。",
    console_proxy_names:
      "console_proxy_header が名指しできるオーナー。それぞれオペレーターの全権限を持ちます。",
    oidc_issuer:
      "オーナーをサインインさせる OpenID Connect プロバイダー（ディスカバリー文書の名のとおり）。public_url が必要。空ならなし。",
    oidc_client_id: "プロバイダーがこのサーバーに与えた ID。",
    oidc_client_secret: "プロバイダーがこのサーバーに与えた秘密。空なら PKCE だけで守る公開クライアント。",
    oidc_allowed:
      "プロバイダーがサインインさせてよいオーナー。確認済みメールアドレスか subject。それぞれオペレーターの全権限を持ちます。空なら誰も不可。",
    metrics_public: "true：誰でも /metrics を読めます。false：オペレーターキーか管理キーが必要です。",
  },
  allowed: "使える値：{rule}",
  rules: {
    "whole-number": "{min} から {max} までの整数",
    "one-of": "{words}",
    "yes-or-no": "true または false",
    title: "1 行で {max} 文字以内の見える文字",
    topic: "A–Z a–z 0–9 . _ : - の 1～64 文字（先頭は英字か数字）",
    "topic-pattern": "トピックの名前、または名前の先頭に * を付けたもの",
    "topic-list": "トピックとパターンの一覧",
    characters: "{min}～{max} 文字",
    text: "文字列",
    "known-fields": "項目 {words}",
    origin:
      "https://example.com や https://*.example.com のようなオリジン（スキーム、ホスト、ポート。パスなし）、または「*」",
    "origins-full":
      "追加したアドレスは合計 {max} 文字まで。1 つ削除するか、https://*.example.com のような形を使ってください",
    "owner-name": "a～z の英字、数字、. _ @ + - の 1～40 文字（先頭は英字か数字）",
    "hard-to-guess":
      "推測しにくいパスフレーズ。名前、ありふれた言葉、キーの並びではなく、関係のない 4～5 個の言葉",
    "message-id": "A–Z a–z 0–9 . _ : - の 1～64 文字",
  },
  refusals: {
    "not-found": "ここにはないか、なくなっています。",
    "topic-unknown": "このトピックはこのサーバーにありません。",
    "text-empty": "本文が空です。",
    "text-too-long": "本文が長すぎます。",
    "too-large": "大きすぎます。",
    "search-off": "このサーバーでは検索が無効です。",
    "origin-denied": "このサーバーのページだけができます。",
    "bad-credential": "サインインの効力がなくなりました。もう一度サインインしてください。",
    "shutting-down": "サーバーが再起動しています。しばらくしてからもう一度お試しください。",
    internal: "サーバーで問題が起きました。ログに記録されています。",
  },
  warnings: {
    "fsync-off": "PostgreSQL の fsync がオフです。停電でデータベース全体が壊れることがあります。",
    "full-page-writes-off":
      "PostgreSQL の full_page_writes がオフです。停電でデータベースのページが壊れることがあります。",
    "synchronous-commit-off":
      "PostgreSQL の synchronous_commit がオフです。クラッシュで確認済みのメッセージが失われます。",
    "standby-not-awaited":
      "PostgreSQL はスタンバイを待ちません（synchronous_standby_names が空）。フェイルオーバー後、最新の確認済みメッセージが欠け、読み手に抜けが生じることがあります。",
    "commit-local":
      "PostgreSQL の synchronous_commit が local です。同期スタンバイを待たないため、フェイルオーバーで確認済みメッセージを失うことがあります。",
    "few-connections":
      "PostgreSQL はここで {most} 接続を許し、1 ノードは最大 {held} 接続を使います。2 台目のノードは拒否されます（max_connections、またはユーザーやデータベースの CONNECTION LIMIT）。",
    "not-hearing":
      "PostgreSQL の LISTEN が届きません（トランザクションモードのプーラーなど）。他ノードのメッセージはポーリングで届き、最大 0.25 秒遅れます。",
  },
  troubles: {
    "login-refused":
      "PostgreSQL がログインを拒否しています。ユーザー名、パスワード、TLS の要否（?sslmode=require）を確認してください",
    "no-database": "データベースがありません",
    "database-disk-full": "PostgreSQL のディスクがいっぱいです",
    "no-connection": "PostgreSQL に空き接続がありません",
    "read-only": "データベースは読み取り専用です（スタンバイ？）",
    "lacks-right": "データベースユーザーに権限がありません",
    "locked-too-long": "データベースのロックが時間内に取れませんでした",
    "others-in-way": "データベースの他のトランザクションが妨げました",
    restarting: "PostgreSQL が停止中または起動中です",
    "database-disk-fails": "PostgreSQL のディスクの故障、またはファイルの破損です",
    "no-answer": "PostgreSQL が応答しません",
    standby: "データベースはスタンバイで、読み取り専用です",
    "no-tls": "アドレスは TLS を求めていますが、PostgreSQL が対応していません",
    "untrusted-certificate": "PostgreSQL の証明書が信頼されていません",
    unreachable: "PostgreSQL に接続できません",
    "other-error": "PostgreSQL がエラーを返しました",
    "tail-behind": "このノードはデータベースより 2 秒以上遅れています",
    "disk-full": "ディスクがいっぱいです",
    "no-permission": "書き込みの権限がありません",
    "file-locked": "別のプロセスがデータベースをロックしています",
    "file-damaged": "データベースが壊れています",
  },
};
