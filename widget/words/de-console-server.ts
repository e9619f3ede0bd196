/** German sentences for what the server says in English: settings, broken rules, warnings, troubles. */
import type { ServerWords } from "./console-server-words.ts";

export const words: ServerWords = {
  settings: {
    port: "Der Port, auf dem der Server hört; 0 nimmt einen freien.",
    host: "Die Adresse, auf der der Server hört. Normalerweise nur dieser Rechner; 0.0.0.0 für alle Adressen.",
    socket: "Ein Unix-Socket anstelle von host und port, für einen Proxy auf diesem Rechner. Leer: keiner.",
    socket_mode:
      "Die Rechte der Socket-Datei: wer sich verbinden darf. 660: Benutzer und Gruppe des Servers.",
    tls_cert:
      "TLS des Servers selbst: eine PEM-Datei mit dem Zertifikat und seiner Kette; nach Änderungen wird sie neu gelesen. Leer: HTTP, für einen Proxy davor.",
    tls_key: "Eine PEM-Datei mit dem Schlüssel zu tls_cert, ohne Passphrase.",
    data_dir: "Der Ordner mit dem Log, den Schlüsseln und dem gebauten Widget.",
    log: "Die Datenbank mit dem Log, PostgreSQL ab Version 13, oder mehrere, die sich die Themen teilen. Leer: SQLite im Datenordner.",
    public_url:
      "Die Adresse, unter der Browser diesen Server erreichen; sie steht im Tag, und Seiten dieses Ursprungs dürfen sich verbinden. Mit einem Pfad antwortet der Server auch darunter. Leer: aus der Anfrage.",
    log_level: "Die niedrigste Stufe der Protokollzeilen auf der Standardfehlerausgabe.",
    allowed_origins:
      'Seiten, die sich verbinden und schreiben dürfen. "*": Jede Seite darf ein Thema einbinden, das Gästen offensteht.',
    trusted_proxy_hops:
      "Anzahl deiner Reverse-Proxys vor dem Server; so vielen Einträgen am Ende von X-Forwarded-For vertraut er.",
    operator_key:
      "Der Betreiberschlüssel. Leer: Der erste Start erzeugt einen und legt ihn in den Datenordner.",
    guest_secret:
      "Das Geheimnis, das Ausweise von Gästen signiert. Leer: Der erste Start erzeugt eins und legt es in den Datenordner.",
    token_secret:
      "Das Geheimnis, mit dem das Backend der Website Tokens signiert (HS256). Leer: Solche Tokens werden abgelehnt.",
    token_keys:
      "Die öffentlichen Schlüssel der Tokens (RS256, ES256, EdDSA): eine JWKS-Datei oder ihre Adresse. Leer: Solche Tokens werden abgelehnt.",
    token_issuer: "Das `iss`, das ein Token haben muss. Leer: jedes.",
    token_audience: "Das `aud`, das ein Token haben oder enthalten muss. Leer: jedes.",
    token_skew_s: "Sekunden, um die die Uhr des Token-Ausstellers von der des Servers abweichen darf.",
    reserved_names:
      "Wörter, die der Name eines Gastes nicht enthalten darf, auch nicht mit ähnlich aussehenden Zeichen.",
    guest_gate:
      "Die Prüfung neuer Gäste, bevor sie schreiben dürfen: none (keine), work (Rechenaufgabe) oder callback (Rückfrage bei deinem Backend).",
    gate_work_bits:
      "Rechenaufgabe: Anzahl führender Nullbits; jedes Bit verdoppelt die Arbeit. 16 kostet einen Computer eine Zehntelsekunde, ein altes Telefon ein paar Sekunden.",
    gate_url: "Rückfrage: die Adresse, die entscheidet, ob ein neuer Gast schreiben darf.",
    gate_timeout_ms: "Rückfrage: wie lange der Server auf die Antwort wartet.",
    gate_on_failure:
      "Rückfrage: ob neue Gäste schreiben dürfen (open) oder nicht (closed), wenn dein Backend nicht antwortet.",
    durability:
      "fsync: Bestätigte Nachrichten überstehen einen Stromausfall. os: Sie überstehen kill -9, aber ein Stromausfall kann die letzten kosten.",
    max_commit_window_ms:
      "Wie lange eine Nachricht unter Last höchstens wartet, damit sich viele ein fsync und eine Verteilung teilen. Nach Stille wartet keine.",
    search: "Nachrichten können durchsucht werden; der Index braucht etwa 150 Bytes je Nachricht.",
    retain_messages: "Wie viele Nachrichten ein Thema behält; 0 behält alle.",
    retain_days: "Wie viele Tage ein Thema seine Nachrichten behält; 0 behält alle.",
    audit_days: "Wie viele Tage das Audit-Log Änderungen behält, die nicht mehr gelten; 0 behält alle.",
    max_topics:
      "Themen, die Gäste und Nutzer über Muster anlegen können, insgesamt; Themen ohne Nachrichten fallen weg.",
    address_new_topics: "Themen pro Stunde, die Gäste und Nutzer einer Adresse über Muster anlegen können.",
    max_text_bytes: "Der längste Text, in Bytes von UTF-8: zwei Seiten Prosa.",
    max_frame_bytes:
      "Der größte WebSocket-Frame oder HTTP-Body, der angenommen wird: mehr als der längste Text mit Escapes.",
    max_queued_bytes:
      "Ungelesene Bytes einer Sitzung, bis der Server sie schließt (der Client setzt später fort); begrenzt den Speicher eines langsamen Lesers.",
    max_total_queued_bytes:
      "Ungelesene Bytes aller Sitzungen zusammen; darüber schließt der Server zuerst die langsamsten. Begrenzt den Speicher des Servers.",
    max_growing:
      "Nachrichten, die gleichzeitig wachsen dürfen, insgesamt: Jede wird bis zu zehnmal pro Sekunde neu geschrieben.",
    max_growing_per_user:
      "Nachrichten eines Autors, die gleichzeitig wachsen dürfen: viele Builds mit einem Schlüssel.",
    growing_idle_s:
      "Sekunden ohne Anhängen, nach denen eine wachsende Nachricht so beendet wird, wie sie ist.",
    max_topics_per_session:
      "Themen, die eine Sitzung abonnieren darf: viele für eine Seite, wenige für einen Angriff.",
    max_history_page: "Nachrichten auf einer Seite des Verlaufs.",
    max_sessions: "Offene Sitzungen insgesamt; setze das Limit offener Dateien höher.",
    max_sessions_per_address:
      "Offene Sitzungen von einer Adresse: genug für ein Büro hinter einem Router, zu wenige für eine Flut.",
    hello_timeout_ms: "Wie lange eine neue Sitzung ohne `hello` offen bleiben darf.",
    idle_timeout_s:
      "Sekunden Stille, nach denen eine Verbindung geschlossen wird. Der Server pingt etwa 16 Sekunden früher: rechtzeitig für Proxys, die nach 30 Sekunden schließen.",
    session_publish_rate:
      "Nachrichten pro Sekunde, die die Sitzung eines Gastes im Schnitt senden darf: schneller, als Menschen tippen.",
    session_publish_burst: "Nachrichten, die die Sitzung eines Gastes nach Stille auf einmal senden darf.",
    address_publish_rate: "Nachrichten pro Sekunde, die alle Gäste einer Adresse zusammen senden dürfen.",
    address_publish_burst: "Nachrichten, die alle Gäste einer Adresse nach Stille auf einmal senden dürfen.",
    user_publish_rate:
      "Nachrichten pro Sekunde, die ein Gast oder Nutzer über alle Sitzungen senden darf: Mehr Tabs heben das Limit nicht.",
    user_publish_burst: "Nachrichten, die ein Gast oder Nutzer nach Stille auf einmal senden darf.",
    topic_publish_rate:
      "Nachrichten pro Sekunde, die alle Gäste und Nutzer eines Themas senden dürfen: mehr, als Menschen lesen können, und eine Grenze für Fluten von vielen Adressen.",
    topic_publish_burst:
      "Nachrichten, die alle Gäste und Nutzer eines Themas nach Stille auf einmal senden dürfen: ein Tor, eine Zugabe.",
    join_rate:
      "Sitzungen pro Sekunde, die sich auf diesem Server öffnen dürfen: so viele, wie ein Prozessor öffnet, während er die anderen bedient.",
    join_burst:
      "Sitzungen, die sich auf einmal öffnen dürfen: Nach einem Deploy kehren alle Leser eines vollen Servers zurück.",
    address_join_rate:
      "Sitzungen pro Sekunde, die sich von einer Adresse öffnen dürfen: genug für Leute, die neu laden, zu wenige für eine Flut.",
    address_join_burst:
      "Sitzungen, die sich von einer Adresse auf einmal öffnen dürfen: Ein Büro kehrt nach einem Deploy zurück.",
    address_read_rate:
      "Lesezugriffe pro Sekunde über HTTP von einer Adresse, Seiten des Verlaufs über WebSocket eingeschlossen; je 16 KB einer Antwort zählen als einer mehr.",
    address_read_burst:
      "Lesezugriffe auf einmal von einer Adresse: Ein Büro öffnet ein Protokoll, ein Skript blättert im Verlauf.",
    address_file_rate:
      "Seiten und Widget-Dateien pro Sekunde, die eine Adresse laden darf; je 16 KB zählen als eine mehr.",
    address_file_burst:
      "Seiten und Widget-Dateien, die eine Adresse auf einmal laden darf: Ein voller Hörsaal öffnet eine Seite mit Chat, je ein Dutzend Dateien.",
    address_guess_rate: "Falsche Schlüssel oder Tokens pro Sekunde, die der Server von einer Adresse prüft.",
    address_guess_burst:
      "Falsche Schlüssel oder Tokens auf einmal von einer Adresse: Menschen vertippen sich ein paarmal; mehr lehnt der Server ab und protokolliert es.",
    session_command_rate: "Befehle jeder Art pro Sekunde, die die Sitzung eines Gastes senden darf.",
    session_command_burst:
      "Befehle, die die Sitzung eines Gastes auf einmal senden darf: Eine Seite mit vielen Themen startet.",
    ring_entries:
      "Neueste Nachrichten eines aktiven Themas, die im Speicher bleiben, damit Leser nach kurzer Abwesenheit ohne Zugriff auf das Log fortsetzen.",
    drain_window_ms:
      "Herunterfahren: Sitzungen bekommen Zeiten zum Wiederverbinden, verteilt über dieses Fenster.",
    drain_delay_ms:
      "Herunterfahren: wie lange /readyz mit 503 antwortet, bevor Sitzungen geschlossen werden, damit ein Load-Balancer es merkt.",
    hooks_allow_private:
      "Ob Webhooks an private Adressen gehen dürfen: dieser Rechner, dein eigenes Netz. false: nur ins öffentliche Internet.",
    hooks_timeout_ms:
      "Wie lange der Empfänger eines Webhooks zum Antworten brauchen darf; eine spätere Antwort zählt nicht.",
    ask_timeout_ms:
      "Wie lange der Webhook, der zuerst gefragt wird, zum Antworten brauchen darf; dann gilt sein Ersatzverhalten. So lange wartet ein Besucher.",
    alert_pause_s: "Sekunden zwischen zwei Alarmen eines Themas: Jemand schreibt, und kein Moderator ist da.",
    smtp_url:
      "Der Mailserver für Webhooks an mailto:-Adressen. Leer: keiner, solche Adressen werden abgelehnt.",
    mail_from: "Der Absender der E-Mails. Leer: die Adresse des Empfängers.",
    hooks_in_bytes:
      "Der größte Body, den ein eingehender Webhook annimmt: GitHub und Grafana senden weit mehr, als sie sagen.",
    hook_in_rate:
      "Nachrichten pro Sekunde, die ein eingehender Webhook im Schnitt senden darf: mehr, als Slack und Discord erlauben.",
    hook_in_burst:
      "Nachrichten, die ein eingehender Webhook nach Stille auf einmal senden darf: ein Sturm von Alarmen.",
    ntfy_keepalive_s:
      "Sekunden Stille, nach denen ein ntfy-Abonnent ein Lebenszeichen bekommt: ntfy-Clients geben etwa eine Minute danach auf.",
    feed_days:
      "Wie viele Tage der Feed bleibt, damit seine Leser und Webhooks zurückgehen können. Was ein Webhook noch senden muss, bleibt länger.",
    push: "Ob Gäste und Nutzer Push-Nachrichten auf ihren Geräten bekommen können.",
    push_contact:
      "Wie Push-Dienste dich erreichen; steht in jeder Anfrage an sie, und Apple verlangt eine echte Adresse. Leer: public_url.",
    push_payload:
      "text: Eine Push-Nachricht enthält den Autor und den Anfang des Textes, für das Gerät verschlüsselt. none: Sie sagt nur, dass es eine neue Nachricht gibt.",
    push_wait_ms:
      "Wie lange eine Push-Nachricht wartet, weil ihr Leser hier sein könnte: eine Seite, die neu lädt, eine Nachricht, die sofort gelesen wird.",
    push_every_s:
      "Sekunden zwischen zwei Push-Nachrichten eines Themas an ein Gerät; was dazwischen kommt, zählt die nächste mit.",
    push_devices:
      "Geräte aller Nutzer zusammen, die Push-Nachrichten bekommen können; jedes braucht ein Kilobyte Speicher.",
    push_allow_private:
      "Ob Besucher Push-Dienste an privaten Adressen, auf anderen Ports und ohne TLS nennen dürfen: für Tests. Nie auf einem öffentlichen Server.",
    console_hours:
      "Wie viele Stunden eine Anmeldung an der Konsole gilt: eine Woche, damit angemeldet bleibt, wer ab und zu hineinschaut.",
    console_proxy_header:
      "Der Header, in dem dein Proxy den angemeldeten Inhaber nennt. Setze ihn nur, wenn der Proxy diesen Header aus Anfragen von Besuchern entfernt. Leer: keiner.",
    console_proxy_from:
      "Die Proxys, denen console_proxy_header geglaubt wird: die Adressen ihrer Verbindungen, oder unix für die von socket.",
    console_proxy_names:
      "Die Inhaber, die console_proxy_header nennen darf. Jeder hat alle Rechte des Betreibers.",
    oidc_issuer:
      "Der OpenID-Connect-Anbieter, der Inhaber anmeldet, so wie sein Discovery-Dokument ihn nennt. Braucht public_url. Leer: keiner.",
    oidc_client_id: "Die Kennung, die der Anbieter diesem Server gegeben hat.",
    oidc_client_secret:
      "Das Geheimnis, das der Anbieter diesem Server gegeben hat. Leer: ein öffentlicher Client, den allein PKCE schützt.",
    oidc_allowed:
      "Die Inhaber, die der Anbieter anmelden darf: bestätigte E-Mail-Adressen oder Subjects. Jeder hat alle Rechte des Betreibers. Leer: niemand.",
    metrics_public:
      "true: Jeder darf /metrics lesen. false: Es braucht den Betreiberschlüssel oder einen Schlüssel mit Admin-Rechten.",
  },
  allowed: "Erlaubt: {rule}.",
  rules: {
    "whole-number": "eine ganze Zahl von {min} bis {max}",
    "one-of": "{words}",
    "yes-or-no": "true oder false",
    title: "höchstens {max} sichtbare Zeichen in einer Zeile",
    topic: "1 bis 64 Zeichen aus A–Z a–z 0–9 . _ : -, das erste ein Buchstabe oder eine Ziffer",
    "topic-pattern": "der Name eines Themas oder der Anfang von Namen mit * dahinter",
    "topic-list": "eine Liste von Themen und Mustern",
    characters: "{min} bis {max} Zeichen",
    text: "ein Text",
    "known-fields": "die Felder {words}",
    origin:
      "ein Ursprung wie https://example.com oder https://*.example.com (Schema, Host, Port; kein Pfad) oder „*“",
    "origins-full":
      "zusammen {max} Zeichen hinzugefügter Adressen; entferne eine oder nimm eine wie https://*.example.com",
    "owner-name":
      "1 bis 40 Buchstaben von a bis z, Ziffern und . _ @ + -, am Anfang ein Buchstabe oder eine Ziffer",
    "hard-to-guess":
      "eine schwer zu erratende Passphrase: vier oder fünf Wörter, die nicht zusammengehören, nicht der Name, gängige Wörter oder Tastenreihen",
    "message-id": "1 bis 64 Zeichen aus A–Z a–z 0–9 . _ : -",
  },
  refusals: {
    "not-found": "Das gibt es hier nicht oder nicht mehr.",
    "topic-unknown": "Dieses Thema gibt es auf diesem Server nicht.",
    "text-empty": "Der Text ist leer.",
    "text-too-long": "Der Text ist zu lang.",
    "too-large": "Das ist zu groß.",
    "search-off": "Die Suche ist auf diesem Server ausgeschaltet.",
    "origin-denied": "Das darf nur eine Seite dieses Servers.",
    "bad-credential": "Die Anmeldung gilt nicht mehr. Melde dich neu an.",
    "shutting-down": "Der Server startet neu. Versuche es gleich noch einmal.",
    internal: "Auf dem Server ist etwas schiefgegangen. Es steht in seinem Protokoll.",
  },
  warnings: {
    "fsync-off":
      "In PostgreSQL ist fsync ausgeschaltet: Ein Stromausfall kann die ganze Datenbank beschädigen.",
    "full-page-writes-off":
      "In PostgreSQL ist full_page_writes ausgeschaltet: Ein Stromausfall kann Seiten der Datenbank beschädigen.",
    "synchronous-commit-off":
      "In PostgreSQL ist synchronous_commit ausgeschaltet: Bei einem Absturz gehen bestätigte Nachrichten verloren.",
    "standby-not-awaited":
      "PostgreSQL wartet nicht auf seinen Standby (synchronous_standby_names ist leer): Nach einem Failover können die neuesten bestätigten Nachrichten fehlen, und Leser bekommen eine Lücke.",
    "commit-local":
      "In PostgreSQL steht synchronous_commit auf local: Es wartet nicht auf seinen synchronen Standby, und ein Failover kann bestätigte Nachrichten kosten.",
    "few-connections":
      "PostgreSQL erlaubt hier {most} Verbindungen, und ein Knoten hält bis zu {held}: Ein zweiter Knoten würde abgelehnt (max_connections, oder CONNECTION LIMIT des Benutzers oder der Datenbank).",
    "not-hearing":
      "LISTEN kommt bei PostgreSQL nicht an, wie bei einem Pooler im Transaktionsmodus: Nachrichten anderer Knoten kommen durch Nachsehen, bis zu einer Viertelsekunde später.",
  },
  troubles: {
    "login-refused":
      "PostgreSQL lehnt die Anmeldung ab: prüfe Benutzername, Passwort und ob es TLS verlangt (?sslmode=require)",
    "no-database": "die Datenbank existiert nicht",
    "database-disk-full": "die Platte von PostgreSQL ist voll",
    "no-connection": "PostgreSQL hat keine freie Verbindung",
    "read-only": "die Datenbank kann nur gelesen werden (ein Standby?)",
    "lacks-right": "dem Datenbankbenutzer fehlt ein Recht",
    "locked-too-long": "eine Sperre in der Datenbank war nicht rechtzeitig zu bekommen",
    "others-in-way": "andere Transaktionen in der Datenbank waren im Weg",
    restarting: "PostgreSQL fährt herunter oder startet",
    "database-disk-fails": "die Platte von PostgreSQL versagt, oder seine Dateien sind beschädigt",
    "no-answer": "PostgreSQL antwortet nicht",
    standby: "die Datenbank ist ein Standby und kann nur gelesen werden",
    "no-tls": "die Adresse verlangt TLS, und PostgreSQL bietet keins an",
    "untrusted-certificate": "dem Zertifikat von PostgreSQL wird nicht vertraut",
    unreachable: "PostgreSQL ist nicht erreichbar",
    "other-error": "PostgreSQL hat mit einem Fehler geantwortet",
    "tail-behind": "dieser Knoten hinkt der Datenbank mehr als zwei Sekunden hinterher",
    "disk-full": "die Platte ist voll",
    "no-permission": "es fehlt das Recht zu schreiben",
    "file-locked": "ein anderer Prozess hat die Datenbank gesperrt",
    "file-damaged": "die Datenbank ist beschädigt",
  },
};
