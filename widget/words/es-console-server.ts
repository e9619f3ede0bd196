/** Spanish sentences for what the server says in English: settings, broken rules, warnings, troubles. */
import type { ServerWords } from "./console-server-words.ts";

export const words: ServerWords = {
  settings: {
    port: "El puerto en el que escucha; 0 elige uno libre.",
    host: "La dirección en la que escucha. Por defecto, solo este equipo; 0.0.0.0 para todas las direcciones.",
    socket: "Un socket Unix en lugar de host y port, para un proxy en este equipo. Vacío: ninguno.",
    socket_mode:
      "Los permisos del archivo del socket: quién puede conectarse. 660: el usuario y el grupo del servidor.",
    tls_cert:
      "TLS propio del servidor: un archivo PEM con el certificado y su cadena; se vuelve a leer cuando cambia. Vacío: HTTP, con un proxy delante.",
    tls_key: "Un archivo PEM con la clave de tls_cert, sin contraseña.",
    data_dir: "La carpeta con el registro, las claves y el widget compilado.",
    log: "La base de datos del registro, PostgreSQL 13 o posterior; o varias, que se reparten los temas. Vacío: SQLite en la carpeta de datos.",
    public_url:
      "La dirección en la que los navegadores llegan a este servidor; aparece en la etiqueta, y las páginas de este origen pueden conectarse. Con una ruta, el servidor también responde debajo de ella. Vacío: la de la petición.",
    log_level: "El nivel más bajo de las líneas de registro en la salida de error.",
    allowed_origins:
      'Páginas que pueden conectarse y publicar. "*": cualquier página puede incluir un tema abierto a invitados.',
    trusted_proxy_hops:
      "Número de tus proxies inversos delante del servidor, que confía en otras tantas entradas al final de X-Forwarded-For.",
    operator_key:
      "La clave del operador. Vacío: el primer inicio crea una y la guarda en la carpeta de datos.",
    guest_secret:
      "El secreto que firma las credenciales de los invitados. Vacío: el primer inicio crea uno y lo guarda en la carpeta de datos.",
    token_secret:
      "El secreto con el que el backend del sitio firma los tokens de usuarios (HS256). Vacío: esos tokens se rechazan.",
    token_keys:
      "Las claves públicas de los tokens de usuarios (RS256, ES256, EdDSA): un archivo JWKS o su dirección. Vacío: esos tokens se rechazan.",
    token_issuer: "El `iss` que debe tener un token. Vacío: cualquiera.",
    token_audience: "El `aud` que un token debe tener o contener. Vacío: cualquiera.",
    token_skew_s: "Segundos que puede diferir el reloj del emisor del token del de este servidor.",
    reserved_names: "Palabras que el nombre de un invitado no puede contener, ni con caracteres parecidos.",
    guest_gate:
      "La comprobación de los invitados nuevos antes de que puedan escribir: none (ninguna), work (prueba de trabajo) o callback (consulta a tu backend).",
    gate_work_bits:
      "Prueba de trabajo: bits cero iniciales que hay que encontrar; cada bit duplica el trabajo. 16 le cuesta a un ordenador una décima de segundo y a un teléfono viejo unos segundos.",
    gate_url: "Consulta: la dirección que decide si un invitado nuevo puede escribir.",
    gate_timeout_ms: "Consulta: cuánto espera el servidor la respuesta.",
    gate_on_failure:
      "Consulta: si los invitados nuevos pueden escribir (open) o no (closed) cuando tu backend no responde.",
    durability:
      "fsync: los mensajes confirmados sobreviven a un corte de luz. os: sobreviven a kill -9, pero un corte de luz puede perder los últimos.",
    max_commit_window_ms:
      "Lo máximo que espera un mensaje bajo carga, para que muchos compartan un fsync y un reparto. Tras un silencio no espera ninguno.",
    search: "Se pueden buscar mensajes, con un índice de unos 150 bytes por mensaje.",
    retain_messages: "Cuántos mensajes conserva un tema; 0 los conserva todos.",
    retain_days: "Cuántos días conserva un tema sus mensajes; 0 los conserva todos.",
    audit_days:
      "Cuántos días conserva el registro de auditoría los cambios que ya no están vigentes; 0 los conserva todos.",
    max_topics:
      "Temas que invitados y usuarios pueden crear mediante patrones, en total; los temas sin mensajes se descartan.",
    address_new_topics:
      "Temas por hora que los invitados y usuarios de una dirección pueden crear mediante patrones.",
    max_text_bytes: "El texto más largo, en bytes de UTF-8: dos páginas de prosa.",
    max_frame_bytes:
      "La trama WebSocket o el cuerpo HTTP más grande que se acepta: más que el texto más largo con escapes.",
    max_queued_bytes:
      "Bytes sin leer que puede tener una sesión antes de que el servidor la cierre (el cliente continúa después); limita la memoria de un lector lento.",
    max_total_queued_bytes:
      "Bytes sin leer de todas las sesiones juntas; por encima, el servidor cierra primero las más lentas. Limita la memoria del servidor.",
    max_growing:
      "Mensajes que pueden crecer a la vez, en total: cada uno se reescribe hasta diez veces por segundo.",
    max_growing_per_user:
      "Mensajes de un autor que pueden crecer a la vez: muchas compilaciones con una clave.",
    growing_idle_s: "Segundos sin añadidos tras los que un mensaje que crece se da por terminado como está.",
    max_topics_per_session:
      "Temas a los que puede suscribirse una sesión: muchos para una página, pocos para un ataque.",
    max_history_page: "Mensajes en una página del historial.",
    max_sessions: "Sesiones abiertas en total; fija el límite de archivos abiertos por encima.",
    max_sessions_per_address:
      "Sesiones abiertas desde una dirección: bastantes para una oficina tras un router, muy pocas para una avalancha.",
    hello_timeout_ms: "Cuánto puede seguir abierta una sesión nueva sin `hello`.",
    idle_timeout_s:
      "Segundos de silencio tras los que se cierra una conexión. El servidor hace ping unos 16 segundos antes: a tiempo para los proxies que cierran a los 30 segundos.",
    session_publish_rate:
      "Mensajes por segundo que la sesión de un invitado puede publicar de media: más rápido de lo que se escribe.",
    session_publish_burst: "Mensajes que la sesión de un invitado puede publicar de golpe tras un silencio.",
    address_publish_rate: "Mensajes por segundo que pueden publicar todos los invitados de una dirección.",
    address_publish_burst:
      "Mensajes que todos los invitados de una dirección pueden publicar de golpe tras un silencio.",
    user_publish_rate:
      "Mensajes por segundo que un invitado o usuario puede publicar en todas sus sesiones: más pestañas no suben el límite.",
    user_publish_burst: "Mensajes que un invitado o usuario puede publicar de golpe tras un silencio.",
    topic_publish_rate:
      "Mensajes por segundo que pueden publicar todos los invitados y usuarios de un tema: más de lo que se puede leer, y un tope para avalanchas desde muchas direcciones.",
    topic_publish_burst:
      "Mensajes que todos los invitados y usuarios de un tema pueden publicar de golpe tras un silencio: un gol, un bis.",
    join_rate:
      "Sesiones por segundo que pueden abrirse en este servidor: tantas como abre un procesador mientras atiende a las demás.",
    join_burst:
      "Sesiones que pueden abrirse de golpe: todos los lectores de un servidor lleno vuelven tras un despliegue.",
    address_join_rate:
      "Sesiones por segundo que pueden abrirse desde una dirección: bastantes para quien recarga, muy pocas para una avalancha.",
    address_join_burst:
      "Sesiones que pueden abrirse de golpe desde una dirección: una oficina vuelve tras un despliegue.",
    address_read_rate:
      "Lecturas por segundo por HTTP desde una dirección, incluidas las páginas del historial por WebSocket; cada 16 KB de respuesta cuentan como una más.",
    address_read_burst:
      "Lecturas de golpe desde una dirección: una oficina abre una transcripción, un script recorre el historial.",
    address_file_rate:
      "Páginas y archivos del widget por segundo que puede cargar una dirección; cada 16 KB cuentan como uno más.",
    address_file_burst:
      "Páginas y archivos del widget que una dirección puede cargar de golpe: un aula llena abre una página con chat, una docena de archivos cada una.",
    address_guess_rate: "Claves o tokens erróneos por segundo que el servidor comprueba desde una dirección.",
    address_guess_burst:
      "Claves o tokens erróneos de golpe desde una dirección: la gente se equivoca alguna vez; si son más, el servidor los rechaza y lo anota.",
    session_command_rate: "Comandos de cualquier tipo por segundo que puede enviar la sesión de un invitado.",
    session_command_burst:
      "Comandos que la sesión de un invitado puede enviar de golpe: arranca una página con muchos temas.",
    ring_entries:
      "Últimos mensajes de un tema activo que quedan en memoria, para que los lectores continúen tras una ausencia breve sin leer el registro.",
    drain_window_ms: "Apagado: las sesiones reciben momentos para reconectar, repartidos en este intervalo.",
    drain_delay_ms:
      "Apagado: cuánto responde /readyz con 503 antes de cerrar las sesiones, para que un balanceador lo note.",
    hooks_allow_private:
      "Si los webhooks pueden enviarse a direcciones privadas: este equipo, tu propia red. false: solo a Internet.",
    hooks_timeout_ms:
      "Cuánto puede tardar en responder el receptor de un webhook; una respuesta posterior no cuenta.",
    ask_timeout_ms:
      "Cuánto puede tardar en responder el webhook al que se pregunta primero; después vale su alternativa. Un visitante espera ese tiempo.",
    alert_pause_s: "Segundos entre dos alertas de un tema: alguien escribe y no hay ningún moderador.",
    smtp_url:
      "El servidor de correo para los webhooks a direcciones mailto:. Vacío: ninguno, esas direcciones se rechazan.",
    mail_from: "El remitente de los correos. Vacío: la dirección del destinatario.",
    hooks_in_bytes:
      "El cuerpo más grande que acepta un webhook entrante: GitHub y Grafana envían mucho más de lo que dicen.",
    hook_in_rate:
      "Mensajes por segundo que un webhook entrante puede publicar de media: más de lo que permiten Slack y Discord.",
    hook_in_burst:
      "Mensajes que un webhook entrante puede publicar de golpe tras un silencio: una tormenta de alertas.",
    ntfy_keepalive_s:
      "Segundos de silencio tras los que un suscriptor de ntfy recibe una señal de vida: los clientes de ntfy desisten alrededor de un minuto después.",
    feed_days:
      "Cuántos días se conserva el feed, para que sus lectores y webhooks puedan volver atrás. Lo que un webhook aún debe enviar se conserva más.",
    push: "Si invitados y usuarios pueden recibir mensajes push en sus dispositivos.",
    push_contact:
      "Cómo te contactan los servicios push, en cada petición a ellos; Apple exige uno real. Vacío: public_url.",
    push_payload:
      "text: un mensaje push lleva el autor y el comienzo del texto, cifrados para el dispositivo. none: solo dice que hay un mensaje nuevo.",
    push_wait_ms:
      "Cuánto espera un mensaje push porque su lector puede estar aquí: una página que se recarga, un mensaje que se lee enseguida.",
    push_every_s:
      "Segundos entre dos mensajes push de un tema a un dispositivo; lo que llega entretanto se cuenta en el siguiente.",
    push_devices:
      "Dispositivos de todos los usuarios que pueden recibir mensajes push; cada uno ocupa un kilobyte de memoria.",
    push_allow_private:
      "Si los visitantes pueden indicar servicios push en direcciones privadas, en otros puertos y sin TLS: para pruebas. Nunca en un servidor público.",
    console_hours:
      "Cuántas horas dura un inicio de sesión en la consola: una semana, para que siga dentro quien mira de vez en cuando.",
    console_proxy_header:
      "La cabecera en la que tu proxy nombra al propietario que ha identificado. Ponla solo si el proxy quita esa cabecera de lo que envían los visitantes. Vacío: ninguna.",
    console_proxy_from:
      "Los proxies a los que se cree console_proxy_header: las direcciones de sus conexiones, o unix para los de socket.",
    console_proxy_names:
      "Los propietarios que puede nombrar console_proxy_header. Cada uno tiene todos los derechos del operador.",
    oidc_issuer:
      "El proveedor OpenID Connect que identifica a los propietarios, como lo nombra su documento de descubrimiento. Necesita public_url. Vacío: ninguno.",
    oidc_client_id: "El identificador que el proveedor dio a este servidor.",
    oidc_client_secret:
      "El secreto que el proveedor dio a este servidor. Vacío: un cliente público, protegido solo por PKCE.",
    oidc_allowed:
      "Los propietarios que puede identificar el proveedor: direcciones de correo verificadas o subjects. Cada uno tiene todos los derechos del operador. Vacío: nadie.",
    metrics_public:
      "true: cualquiera puede leer /metrics. false: hace falta la clave del operador o una clave de administración.",
  },
  allowed: "Se permite: {rule}.",
  rules: {
    "whole-number": "un número entero de {min} a {max}",
    "one-of": "{words}",
    "yes-or-no": "true o false",
    title: "como máximo {max} caracteres visibles en una línea",
    topic: "de 1 a 64 caracteres de A–Z a–z 0–9 . _ : -, el primero una letra o una cifra",
    "topic-pattern": "el nombre de un tema, o el comienzo de nombres seguido de *",
    "topic-list": "una lista de temas y patrones",
    characters: "de {min} a {max} caracteres",
    text: "un texto",
    "known-fields": "los campos {words}",
    origin:
      "un origen como https://example.com o https://*.example.com (esquema, host, puerto; sin ruta), o «*»",
    "origins-full":
      "{max} caracteres en total para las direcciones añadidas; quita una o usa una como https://*.example.com",
    "owner-name": "de 1 a 40 letras de la a a la z, cifras y . _ @ + -, empezando por una letra o una cifra",
    "hard-to-guess":
      "una frase difícil de adivinar: cuatro o cinco palabras sin relación, sin el nombre, palabras comunes ni filas de teclas",
    "message-id": "de 1 a 64 caracteres de A–Z a–z 0–9 . _ : -",
  },
  refusals: {
    "not-found": "Esto no existe aquí, o ya no.",
    "topic-unknown": "Este tema no existe en este servidor.",
    "text-empty": "El texto está vacío.",
    "text-too-long": "El texto es demasiado largo.",
    "too-large": "Es demasiado grande.",
    "search-off": "La búsqueda está desactivada en este servidor.",
    "origin-denied": "Solo puede hacerlo una página de este servidor.",
    "bad-credential": "La sesión ya no es válida. Vuelve a iniciarla.",
    "shutting-down": "El servidor se está reiniciando. Inténtalo de nuevo en un momento.",
    internal: "Algo ha fallado en el servidor. Está en su registro.",
  },
  warnings: {
    "fsync-off": "En PostgreSQL, fsync está desactivado: un corte de luz puede dañar toda la base de datos.",
    "full-page-writes-off":
      "En PostgreSQL, full_page_writes está desactivado: un corte de luz puede dañar páginas de la base de datos.",
    "synchronous-commit-off":
      "En PostgreSQL, synchronous_commit está desactivado: una caída pierde mensajes ya confirmados.",
    "standby-not-awaited":
      "PostgreSQL no espera a su réplica (synchronous_standby_names está vacío): tras una conmutación pueden faltar los últimos mensajes confirmados, y los lectores reciben un hueco.",
    "commit-local":
      "En PostgreSQL, synchronous_commit es local: no espera a su réplica síncrona, y una conmutación puede perder mensajes confirmados.",
    "few-connections":
      "PostgreSQL permite aquí {most} conexiones, y un nodo usa hasta {held}: se rechazaría un segundo nodo (max_connections, o CONNECTION LIMIT del usuario o de la base de datos).",
    "not-hearing":
      "LISTEN no llega a PostgreSQL, como con un pooler en modo de transacción: los mensajes de otros nodos llegan por sondeo, hasta un cuarto de segundo más tarde.",
  },
  troubles: {
    "login-refused":
      "PostgreSQL rechaza el acceso: comprueba el usuario, la contraseña y si pide TLS (?sslmode=require)",
    "no-database": "la base de datos no existe",
    "database-disk-full": "el disco de PostgreSQL está lleno",
    "no-connection": "PostgreSQL no tiene conexiones libres",
    "read-only": "la base de datos es de solo lectura (¿una réplica?)",
    "lacks-right": "al usuario de la base de datos le falta un permiso",
    "locked-too-long": "no se pudo obtener a tiempo un bloqueo en la base de datos",
    "others-in-way": "otras transacciones de la base de datos estorbaban",
    restarting: "PostgreSQL se está apagando o iniciando",
    "database-disk-fails": "el disco de PostgreSQL falla, o sus archivos están dañados",
    "no-answer": "PostgreSQL no responde",
    standby: "la base de datos es una réplica y solo se puede leer",
    "no-tls": "la dirección pide TLS y PostgreSQL no lo ofrece",
    "untrusted-certificate": "el certificado de PostgreSQL no es de confianza",
    unreachable: "no se puede llegar a PostgreSQL",
    "other-error": "PostgreSQL respondió con un error",
    "tail-behind": "este nodo va más de dos segundos por detrás de la base de datos",
    "disk-full": "el disco está lleno",
    "no-permission": "falta permiso para escribir",
    "file-locked": "otro proceso tiene bloqueada la base de datos",
    "file-damaged": "la base de datos está dañada",
  },
};
