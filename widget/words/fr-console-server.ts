/** French sentences for what the server says in English: settings, broken rules, warnings, troubles. */
import type { ServerWords } from "./console-server-words.ts";

export const words: ServerWords = {
  settings: {
    port: "Le port d’écoute ; 0 en choisit un libre.",
    host: "L’adresse d’écoute. Par défaut cette machine seulement ; 0.0.0.0 pour toutes les adresses.",
    socket: "Un socket Unix à la place de host et port, pour un proxy sur cette machine. Vide : aucun.",
    socket_mode:
      "Les droits du fichier du socket : qui peut se connecter. 660 : l’utilisateur et le groupe du serveur.",
    tls_cert:
      "TLS du serveur lui-même : un fichier PEM avec le certificat et sa chaîne, relu quand il change. Vide : HTTP, pour un proxy devant.",
    tls_key: "Un fichier PEM avec la clé de tls_cert, sans phrase secrète.",
    data_dir: "Le dossier du journal, des clés et du widget construit.",
    log: "La base de données du journal, PostgreSQL 13 ou plus récent ; ou plusieurs, qui se partagent les sujets. Vide : SQLite dans le dossier de données.",
    public_url:
      "L’adresse à laquelle les navigateurs atteignent ce serveur ; elle figure dans la balise, et les pages de cette origine peuvent se connecter. Avec un chemin, le serveur répond aussi en dessous. Vide : celle de la requête.",
    log_level: "Le niveau le plus bas des lignes de journal sur la sortie d’erreur.",
    allowed_origins:
      'Pages qui peuvent se connecter et publier. "*" : toute page peut intégrer un sujet ouvert aux invités.',
    trusted_proxy_hops:
      "Nombre de vos proxys inverses devant le serveur ; il se fie à autant d’entrées à la fin de X-Forwarded-For.",
    operator_key:
      "La clé de l’opérateur. Vide : le premier démarrage en crée une et la garde dans le dossier de données.",
    guest_secret:
      "Le secret qui signe les identifiants des invités. Vide : le premier démarrage en crée un et le garde dans le dossier de données.",
    token_secret:
      "Le secret avec lequel le serveur du site signe les jetons des utilisateurs (HS256). Vide : ces jetons sont refusés.",
    token_keys:
      "Les clés publiques des jetons des utilisateurs (RS256, ES256, EdDSA) : un fichier JWKS ou son adresse. Vide : ces jetons sont refusés.",
    token_issuer: "Le `iss` qu’un jeton doit avoir. Vide : n’importe lequel.",
    token_audience: "Le `aud` qu’un jeton doit avoir ou contenir. Vide : n’importe lequel.",
    token_skew_s: "Secondes d’écart permises entre l’horloge de l’émetteur du jeton et celle de ce serveur.",
    reserved_names:
      "Mots que le nom d’un invité ne doit pas contenir, même avec des caractères ressemblants.",
    guest_gate:
      "Le contrôle des nouveaux invités avant qu’ils puissent écrire : none (aucun), work (preuve de travail) ou callback (question à votre serveur).",
    gate_work_bits:
      "Preuve de travail : bits nuls à trouver en tête ; chaque bit double le travail. 16 prend un dixième de seconde à un ordinateur, quelques secondes à un vieux téléphone.",
    gate_url: "Question : l’adresse qui décide si un nouvel invité peut écrire.",
    gate_timeout_ms: "Question : combien de temps le serveur attend la réponse.",
    gate_on_failure:
      "Question : si les nouveaux invités peuvent écrire (open) ou non (closed) quand votre serveur ne répond pas.",
    durability:
      "fsync : les messages confirmés survivent à une coupure de courant. os : ils survivent à kill -9, mais une coupure peut perdre les derniers.",
    max_commit_window_ms:
      "L’attente la plus longue d’un message sous charge, pour que beaucoup partagent un fsync et une diffusion. Après un silence, aucun n’attend.",
    search: "Les messages peuvent être recherchés, grâce à un index d’environ 150 octets par message.",
    retain_messages: "Nombre de messages qu’un sujet conserve ; 0 les conserve tous.",
    retain_days: "Nombre de jours pendant lesquels un sujet conserve ses messages ; 0 les conserve tous.",
    audit_days:
      "Nombre de jours pendant lesquels le journal d’audit conserve les changements qui ne sont plus en vigueur ; 0 les conserve tous.",
    max_topics:
      "Sujets que les invités et utilisateurs peuvent créer par des motifs, en tout ; les sujets sans messages sont abandonnés.",
    address_new_topics:
      "Sujets par heure que les invités et utilisateurs d’une adresse peuvent créer par des motifs.",
    max_text_bytes: "Le texte le plus long, en octets UTF-8 : deux pages de prose.",
    max_frame_bytes:
      "La plus grande trame WebSocket ou le plus grand corps HTTP accepté : plus que le texte le plus long avec échappements.",
    max_queued_bytes:
      "Octets non lus qu’une session peut avoir avant que le serveur la ferme (le client reprend plus tard) ; limite la mémoire d’un lecteur lent.",
    max_total_queued_bytes:
      "Octets non lus de toutes les sessions ; au-delà, le serveur ferme d’abord les plus lentes. Limite la mémoire du serveur.",
    max_growing:
      "Messages qui peuvent grandir en même temps, en tout : chacun est réécrit jusqu’à dix fois par seconde.",
    max_growing_per_user:
      "Messages d’un auteur qui peuvent grandir en même temps : beaucoup de builds d’une seule clé.",
    growing_idle_s: "Secondes sans ajout après lesquelles un message qui grandit est terminé tel quel.",
    max_topics_per_session:
      "Sujets auxquels une session peut s’abonner : beaucoup pour une page, peu pour une attaque.",
    max_history_page: "Messages dans une page de l’historique.",
    max_sessions: "Sessions ouvertes en tout ; réglez la limite de fichiers ouverts au-dessus.",
    max_sessions_per_address:
      "Sessions ouvertes depuis une adresse : assez pour un bureau derrière un routeur, trop peu pour un déferlement.",
    hello_timeout_ms: "Combien de temps une nouvelle session peut rester ouverte sans `hello`.",
    idle_timeout_s:
      "Secondes de silence après lesquelles une connexion est fermée. Le serveur envoie un ping environ 16 secondes avant : à temps pour les proxys qui ferment après 30 secondes.",
    session_publish_rate:
      "Messages par seconde que la session d’un invité peut publier en moyenne : plus vite qu’on ne tape.",
    session_publish_burst: "Messages que la session d’un invité peut publier d’un coup après un silence.",
    address_publish_rate: "Messages par seconde que tous les invités d’une adresse peuvent publier.",
    address_publish_burst:
      "Messages que tous les invités d’une adresse peuvent publier d’un coup après un silence.",
    user_publish_rate:
      "Messages par seconde qu’un invité ou utilisateur peut publier sur toutes ses sessions : plus d’onglets ne relèvent pas la limite.",
    user_publish_burst: "Messages qu’un invité ou utilisateur peut publier d’un coup après un silence.",
    topic_publish_rate:
      "Messages par seconde que tous les invités et utilisateurs d’un sujet peuvent publier : plus qu’on ne peut lire, et une borne aux déferlements venus de nombreuses adresses.",
    topic_publish_burst:
      "Messages que tous les invités et utilisateurs d’un sujet peuvent publier d’un coup après un silence : un but, un rappel.",
    join_rate:
      "Sessions par seconde qui peuvent s’ouvrir sur ce serveur : autant qu’un processeur en ouvre tout en servant les autres.",
    join_burst:
      "Sessions qui peuvent s’ouvrir d’un coup : tous les lecteurs d’un serveur plein reviennent après un déploiement.",
    address_join_rate:
      "Sessions par seconde qui peuvent s’ouvrir depuis une adresse : assez pour ceux qui rechargent, trop peu pour un déferlement.",
    address_join_burst:
      "Sessions qui peuvent s’ouvrir d’un coup depuis une adresse : un bureau revient après un déploiement.",
    address_read_rate:
      "Lectures par seconde en HTTP depuis une adresse, pages d’historique par WebSocket comprises ; chaque tranche de 16 Ko d’une réponse compte pour une de plus.",
    address_read_burst:
      "Lectures d’un coup depuis une adresse : un bureau ouvre une transcription, un script parcourt l’historique.",
    address_file_rate:
      "Pages et fichiers du widget par seconde qu’une adresse peut charger ; chaque tranche de 16 Ko compte pour un de plus.",
    address_file_burst:
      "Pages et fichiers du widget qu’une adresse peut charger d’un coup : un amphi plein ouvre une page avec un chat, une douzaine de fichiers chacune.",
    address_guess_rate: "Clés ou jetons erronés par seconde que le serveur vérifie depuis une adresse.",
    address_guess_burst:
      "Clés ou jetons erronés d’un coup depuis une adresse : on se trompe quelquefois ; au-delà, le serveur refuse et le consigne.",
    session_command_rate: "Commandes de toute sorte par seconde que la session d’un invité peut envoyer.",
    session_command_burst:
      "Commandes que la session d’un invité peut envoyer d’un coup : une page avec beaucoup de sujets démarre.",
    ring_entries:
      "Derniers messages d’un sujet actif gardés en mémoire, pour que les lecteurs reprennent après une courte absence sans lire le journal.",
    drain_window_ms: "Arrêt : les sessions reçoivent des moments de reconnexion, répartis sur cette fenêtre.",
    drain_delay_ms:
      "Arrêt : combien de temps /readyz répond 503 avant la fermeture des sessions, pour qu’un répartiteur le remarque.",
    hooks_allow_private:
      "Si les webhooks peuvent aller vers des adresses privées : cette machine, votre propre réseau. false : vers l’Internet public seulement.",
    hooks_timeout_ms:
      "Combien de temps le destinataire d’un webhook a pour répondre ; une réponse plus tardive ne compte pas.",
    ask_timeout_ms:
      "Combien de temps le webhook interrogé d’abord a pour répondre ; ensuite son repli s’applique. Un visiteur attend autant.",
    alert_pause_s: "Secondes entre deux alertes d’un sujet : quelqu’un écrit et aucun modérateur n’est là.",
    smtp_url:
      "Le serveur de courrier des webhooks vers des adresses mailto:. Vide : aucun, ces adresses sont refusées.",
    mail_from: "L’expéditeur des e-mails. Vide : l’adresse du destinataire.",
    hooks_in_bytes:
      "Le plus grand corps qu’accepte un webhook entrant : GitHub et Grafana envoient bien plus qu’ils ne disent.",
    hook_in_rate:
      "Messages par seconde qu’un webhook entrant peut publier en moyenne : plus que ne permettent Slack et Discord.",
    hook_in_burst:
      "Messages qu’un webhook entrant peut publier d’un coup après un silence : une rafale d’alertes.",
    ntfy_keepalive_s:
      "Secondes de silence après lesquelles un abonné ntfy reçoit un signe de vie : les clients ntfy abandonnent environ une minute plus tard.",
    feed_days:
      "Nombre de jours de conservation du flux, pour que ses lecteurs et les webhooks puissent revenir en arrière. Ce qu’un webhook doit encore envoyer est gardé plus longtemps.",
    push: "Si les invités et utilisateurs peuvent recevoir des messages push sur leurs appareils.",
    push_contact:
      "Comment les services push vous joignent, dans chaque requête ; Apple en exige un vrai. Vide : public_url.",
    push_payload:
      "text : un message push porte l’auteur et le début du texte, chiffrés pour l’appareil. none : il dit seulement qu’il y a un nouveau message.",
    push_wait_ms:
      "Combien de temps un message push attend, car son lecteur est peut-être là : une page qui se recharge, un message lu aussitôt.",
    push_every_s:
      "Secondes entre deux messages push d’un sujet vers un appareil ; ce qui arrive entre-temps est compté dans le suivant.",
    push_devices:
      "Appareils de tous les utilisateurs qui peuvent recevoir des messages push ; chacun prend un kilo-octet de mémoire.",
    push_allow_private:
      "Si les visiteurs peuvent indiquer des services push à des adresses privées, sur d’autres ports et sans TLS : pour des tests. Jamais sur un serveur public.",
    console_hours:
      "Durée en heures d’une connexion à la console : une semaine, pour que reste connecté qui passe de temps en temps.",
    console_proxy_header:
      "L’en-tête où votre proxy nomme le propriétaire qu’il a authentifié. Ne le réglez que si le proxy retire cet en-tête de ce qu’envoient les visiteurs. Vide : aucun.",
    console_proxy_from:
      "Les proxys dont console_proxy_header est cru : les adresses de leurs connexions, ou unix pour ceux de socket.",
    console_proxy_names:
      "Les propriétaires que console_proxy_header peut nommer. Chacun a tous les droits de l’opérateur.",
    oidc_issuer:
      "Le fournisseur OpenID Connect qui connecte les propriétaires, tel que le nomme son document de découverte. Nécessite public_url. Vide : aucun.",
    oidc_client_id: "L’identifiant que le fournisseur a donné à ce serveur.",
    oidc_client_secret:
      "Le secret que le fournisseur a donné à ce serveur. Vide : un client public, que PKCE seul protège.",
    oidc_allowed:
      "Les propriétaires que le fournisseur peut connecter : adresses e-mail vérifiées ou subjects. Chacun a tous les droits de l’opérateur. Vide : personne.",
    metrics_public:
      "true : tout le monde peut lire /metrics. false : il faut la clé de l’opérateur ou une clé d’administration.",
  },
  allowed: "Valeur permise : {rule}.",
  rules: {
    "whole-number": "un nombre entier de {min} à {max}",
    "one-of": "{words}",
    "yes-or-no": "true ou false",
    title: "au plus {max} caractères visibles sur une ligne",
    topic: "1 à 64 caractères parmi A–Z a–z 0–9 . _ : -, le premier une lettre ou un chiffre",
    "topic-pattern": "le nom d’un sujet, ou le début de noms suivi de *",
    "topic-list": "une liste de sujets et de motifs",
    characters: "{min} à {max} caractères",
    text: "un texte",
    "known-fields": "les champs {words}",
    origin:
      "une origine comme https://example.com ou https://*.example.com (schéma, hôte, port ; pas de chemin), ou « * »",
    "origins-full":
      "{max} caractères en tout pour les adresses ajoutées ; retirez-en une ou prenez-en une comme https://*.example.com",
    "owner-name":
      "1 à 40 lettres de a à z, chiffres et . _ @ + -, en commençant par une lettre ou un chiffre",
    "hard-to-guess":
      "une phrase difficile à deviner : quatre ou cinq mots sans rapport, ni le nom, ni des mots courants, ni des rangées de touches",
    "message-id": "1 à 64 caractères parmi A–Z a–z 0–9 . _ : -",
  },
  refusals: {
    "not-found": "Ceci n’existe pas ici, ou plus.",
    "topic-unknown": "Ce sujet n’existe pas sur ce serveur.",
    "text-empty": "Le texte est vide.",
    "text-too-long": "Le texte est trop long.",
    "too-large": "C’est trop volumineux.",
    "search-off": "La recherche est désactivée sur ce serveur.",
    "origin-denied": "Seule une page de ce serveur peut le faire.",
    "bad-credential": "La session n’est plus valable. Connectez-vous de nouveau.",
    "shutting-down": "Le serveur redémarre. Réessayez dans un instant.",
    internal: "Une erreur est survenue sur le serveur. Elle est dans son journal.",
  },
  warnings: {
    "fsync-off":
      "Dans PostgreSQL, fsync est désactivé : une coupure de courant peut abîmer toute la base de données.",
    "full-page-writes-off":
      "Dans PostgreSQL, full_page_writes est désactivé : une coupure de courant peut abîmer des pages de la base de données.",
    "synchronous-commit-off":
      "Dans PostgreSQL, synchronous_commit est désactivé : un plantage perd des messages déjà confirmés.",
    "standby-not-awaited":
      "PostgreSQL n’attend pas son serveur de secours (synchronous_standby_names est vide) : après une bascule, les derniers messages confirmés peuvent manquer, et les lecteurs voient un trou.",
    "commit-local":
      "Dans PostgreSQL, synchronous_commit vaut local : il n’attend pas son serveur de secours synchrone, et une bascule peut perdre des messages confirmés.",
    "few-connections":
      "PostgreSQL permet ici {most} connexions, et un nœud en tient jusqu’à {held} : un deuxième nœud serait refusé (max_connections, ou CONNECTION LIMIT de l’utilisateur ou de la base).",
    "not-hearing":
      "Le LISTEN de PostgreSQL est avalé, comme par un pooler en mode transaction : les messages des autres nœuds arrivent par interrogation, jusqu’à un quart de seconde plus tard.",
  },
  troubles: {
    "login-refused":
      "PostgreSQL refuse la connexion : vérifiez l’utilisateur, le mot de passe et s’il exige TLS (?sslmode=require)",
    "no-database": "la base de données n’existe pas",
    "database-disk-full": "le disque de PostgreSQL est plein",
    "no-connection": "PostgreSQL n’a plus de connexion libre",
    "read-only": "la base de données est en lecture seule (un serveur de secours ?)",
    "lacks-right": "il manque un droit à l’utilisateur de la base de données",
    "locked-too-long": "un verrou de la base de données n’a pas pu être obtenu à temps",
    "others-in-way": "d’autres transactions de la base de données gênaient",
    restarting: "PostgreSQL s’arrête ou démarre",
    "database-disk-fails": "le disque de PostgreSQL est en panne, ou ses fichiers sont abîmés",
    "no-answer": "PostgreSQL ne répond pas",
    standby: "la base de données est un serveur de secours, en lecture seule",
    "no-tls": "l’adresse demande TLS, et PostgreSQL ne le propose pas",
    "untrusted-certificate": "le certificat de PostgreSQL n’est pas reconnu",
    unreachable: "PostgreSQL est injoignable",
    "other-error": "PostgreSQL a répondu par une erreur",
    "tail-behind": "ce nœud a plus de deux secondes de retard sur la base de données",
    "disk-full": "le disque est plein",
    "no-permission": "le droit d’écrire manque",
    "file-locked": "un autre processus verrouille la base de données",
    "file-damaged": "la base de données est abîmée",
  },
};
