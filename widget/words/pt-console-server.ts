/** Portuguese sentences for what the server says in English: settings, broken rules, warnings, troubles. */
import type { ServerWords } from "./console-server-words.ts";

export const words: ServerWords = {
  settings: {
    port: "A porta em que o servidor escuta; 0 escolhe uma livre.",
    host: "O endereço em que o servidor escuta. Por padrão, só esta máquina; 0.0.0.0 para todos os endereços.",
    socket: "Um socket Unix no lugar de host e port, para um proxy nesta máquina. Vazio: nenhum.",
    socket_mode:
      "As permissões do arquivo do socket: quem pode conectar. 660: o usuário e o grupo do servidor.",
    tls_cert:
      "TLS do próprio servidor: um arquivo PEM com o certificado e sua cadeia, lido de novo quando muda. Vazio: HTTP, com um proxy na frente.",
    tls_key: "Um arquivo PEM com a chave de tls_cert, sem senha.",
    data_dir: "A pasta com o log, as chaves e o widget compilado.",
    log: "O banco de dados do log, PostgreSQL 13 ou mais novo; ou vários, que dividem os tópicos. Vazio: SQLite na pasta de dados.",
    public_url:
      "O endereço em que os navegadores chegam a este servidor; aparece na tag, e as páginas desta origem podem conectar. Com um caminho, o servidor também responde abaixo dele. Vazio: o da requisição.",
    log_level: "O nível mais baixo das linhas de log na saída de erro.",
    allowed_origins:
      'Páginas que podem conectar e publicar. "*": qualquer página pode incluir um tópico aberto a convidados.',
    trusted_proxy_hops:
      "Número dos seus proxies reversos na frente do servidor, que confia em tantas entradas no fim de X-Forwarded-For.",
    operator_key: "A chave do operador. Vazio: o primeiro início cria uma e a guarda na pasta de dados.",
    guest_secret:
      "O segredo que assina as credenciais dos convidados. Vazio: o primeiro início cria um e o guarda na pasta de dados.",
    token_secret:
      "O segredo com que o backend do site assina os tokens dos usuários (HS256). Vazio: esses tokens são recusados.",
    token_keys:
      "As chaves públicas dos tokens dos usuários (RS256, ES256, EdDSA): um arquivo JWKS ou seu endereço. Vazio: esses tokens são recusados.",
    token_issuer: "O `iss` que um token deve ter. Vazio: qualquer um.",
    token_audience: "O `aud` que um token deve ter ou conter. Vazio: qualquer um.",
    token_skew_s: "Segundos que o relógio do emissor do token pode diferir do deste servidor.",
    reserved_names: "Palavras que o nome de um convidado não pode conter, nem com caracteres parecidos.",
    guest_gate:
      "A verificação de convidados novos antes de poderem escrever: none (nenhuma), work (prova de trabalho) ou callback (consulta ao seu backend).",
    gate_work_bits:
      "Prova de trabalho: bits zero iniciais a encontrar; cada bit dobra o trabalho. 16 leva um décimo de segundo num computador e alguns segundos num celular antigo.",
    gate_url: "Consulta: o endereço que decide se um convidado novo pode escrever.",
    gate_timeout_ms: "Consulta: quanto o servidor espera pela resposta.",
    gate_on_failure:
      "Consulta: se convidados novos podem escrever (open) ou não (closed) quando o seu backend não responde.",
    durability:
      "fsync: mensagens confirmadas sobrevivem a uma queda de energia. os: sobrevivem a kill -9, mas uma queda de energia pode perder as últimas.",
    max_commit_window_ms:
      "O máximo que uma mensagem espera sob carga, para que muitas dividam um fsync e uma distribuição. Depois de silêncio, nenhuma espera.",
    search: "As mensagens podem ser pesquisadas, por um índice de uns 150 bytes por mensagem.",
    retain_messages: "Quantas mensagens um tópico guarda; 0 guarda todas.",
    retain_days: "Por quantos dias um tópico guarda suas mensagens; 0 guarda todas.",
    audit_days: "Por quantos dias o log de auditoria guarda mudanças que não valem mais; 0 guarda todas.",
    max_topics:
      "Tópicos que convidados e usuários podem criar por padrões, no total; tópicos sem mensagens são descartados.",
    address_new_topics: "Tópicos por hora que convidados e usuários de um endereço podem criar por padrões.",
    max_text_bytes: "O texto mais longo, em bytes de UTF-8: duas páginas de prosa.",
    max_frame_bytes:
      "O maior quadro WebSocket ou corpo HTTP aceito: mais que o texto mais longo com escapes.",
    max_queued_bytes:
      "Bytes não lidos que uma sessão pode ter antes que o servidor a feche (o cliente continua depois); limita a memória de um leitor lento.",
    max_total_queued_bytes:
      "Bytes não lidos de todas as sessões juntas; acima disso, o servidor fecha primeiro as mais lentas. Limita a memória do servidor.",
    max_growing:
      "Mensagens que podem crescer ao mesmo tempo, no total: cada uma é reescrita até dez vezes por segundo.",
    max_growing_per_user:
      "Mensagens de um autor que podem crescer ao mesmo tempo: muitas compilações de uma chave.",
    growing_idle_s: "Segundos sem acréscimos depois dos quais uma mensagem que cresce é encerrada como está.",
    max_topics_per_session:
      "Tópicos que uma sessão pode assinar: muitos para uma página, poucos para um ataque.",
    max_history_page: "Mensagens em uma página do histórico.",
    max_sessions: "Sessões abertas no total; defina o limite de arquivos abertos acima disso.",
    max_sessions_per_address:
      "Sessões abertas de um endereço: suficientes para um escritório atrás de um roteador, poucas demais para uma enxurrada.",
    hello_timeout_ms: "Quanto tempo uma sessão nova pode ficar aberta sem `hello`.",
    idle_timeout_s:
      "Segundos de silêncio depois dos quais uma conexão é fechada. O servidor manda um ping uns 16 segundos antes: a tempo para proxies que fecham depois de 30 segundos.",
    session_publish_rate:
      "Mensagens por segundo que a sessão de um convidado pode publicar em média: mais rápido do que se digita.",
    session_publish_burst:
      "Mensagens que a sessão de um convidado pode publicar de uma vez depois de silêncio.",
    address_publish_rate: "Mensagens por segundo que todos os convidados de um endereço podem publicar.",
    address_publish_burst:
      "Mensagens que todos os convidados de um endereço podem publicar de uma vez depois de silêncio.",
    user_publish_rate:
      "Mensagens por segundo que um convidado ou usuário pode publicar em todas as sessões: mais abas não aumentam o limite.",
    user_publish_burst: "Mensagens que um convidado ou usuário pode publicar de uma vez depois de silêncio.",
    topic_publish_rate:
      "Mensagens por segundo que todos os convidados e usuários de um tópico podem publicar: mais do que se consegue ler, e um teto para enxurradas de muitos endereços.",
    topic_publish_burst:
      "Mensagens que todos os convidados e usuários de um tópico podem publicar de uma vez depois de silêncio: um gol, um bis.",
    join_rate:
      "Sessões por segundo que podem abrir neste servidor: tantas quantas um processador abre enquanto atende as outras.",
    join_burst:
      "Sessões que podem abrir de uma vez: todos os leitores de um servidor cheio voltam depois de um deploy.",
    address_join_rate:
      "Sessões por segundo que podem abrir de um endereço: suficientes para quem recarrega, poucas demais para uma enxurrada.",
    address_join_burst:
      "Sessões que podem abrir de uma vez de um endereço: um escritório volta depois de um deploy.",
    address_read_rate:
      "Leituras por segundo por HTTP de um endereço, incluindo páginas do histórico por WebSocket; cada 16 KB de uma resposta contam como mais uma.",
    address_read_burst:
      "Leituras de uma vez de um endereço: um escritório abre uma transcrição, um script percorre o histórico.",
    address_file_rate:
      "Páginas e arquivos do widget por segundo que um endereço pode carregar; cada 16 KB contam como mais um.",
    address_file_burst:
      "Páginas e arquivos do widget que um endereço pode carregar de uma vez: um auditório cheio abre uma página com chat, uma dúzia de arquivos cada.",
    address_guess_rate: "Chaves ou tokens errados por segundo que o servidor verifica de um endereço.",
    address_guess_burst:
      "Chaves ou tokens errados de uma vez de um endereço: as pessoas erram algumas vezes; além disso, o servidor recusa e registra.",
    session_command_rate: "Comandos de qualquer tipo por segundo que a sessão de um convidado pode enviar.",
    session_command_burst:
      "Comandos que a sessão de um convidado pode enviar de uma vez: uma página com muitos tópicos começa.",
    ring_entries:
      "Últimas mensagens de um tópico ativo que ficam na memória, para que leitores continuem depois de uma ausência curta sem ler o log.",
    drain_window_ms: "Desligamento: as sessões recebem horários para reconectar, distribuídos nesta janela.",
    drain_delay_ms:
      "Desligamento: por quanto tempo /readyz responde 503 antes que as sessões sejam fechadas, para que um balanceador perceba.",
    hooks_allow_private:
      "Se webhooks podem ir para endereços privados: esta máquina, a sua rede. false: só para a internet pública.",
    hooks_timeout_ms:
      "Quanto o destinatário de um webhook pode demorar para responder; uma resposta mais tarde não conta.",
    ask_timeout_ms:
      "Quanto o webhook consultado primeiro pode demorar para responder; depois vale a sua alternativa. Um visitante espera esse tempo.",
    alert_pause_s:
      "Segundos entre dois alertas de um tópico: alguém escreve e nenhum moderador está presente.",
    smtp_url:
      "O servidor de e-mail para webhooks a endereços mailto:. Vazio: nenhum, esses endereços são recusados.",
    mail_from: "O remetente dos e-mails. Vazio: o endereço do destinatário.",
    hooks_in_bytes:
      "O maior corpo que um webhook de entrada aceita: GitHub e Grafana enviam bem mais do que dizem.",
    hook_in_rate:
      "Mensagens por segundo que um webhook de entrada pode publicar em média: mais do que Slack e Discord permitem.",
    hook_in_burst:
      "Mensagens que um webhook de entrada pode publicar de uma vez depois de silêncio: uma tempestade de alertas.",
    ntfy_keepalive_s:
      "Segundos de silêncio depois dos quais um assinante do ntfy recebe um sinal de vida: os clientes do ntfy desistem cerca de um minuto depois.",
    feed_days:
      "Por quantos dias o feed é guardado, para que seus leitores e webhooks possam voltar atrás. O que um webhook ainda tem de enviar é guardado por mais tempo.",
    push: "Se convidados e usuários podem receber mensagens push nos seus aparelhos.",
    push_contact:
      "Como os serviços de push falam com você, em cada requisição; a Apple quer um contato real. Vazio: public_url.",
    push_payload:
      "text: uma mensagem push leva o autor e o começo do texto, criptografados para o aparelho. none: só diz que há uma mensagem nova.",
    push_wait_ms:
      "Quanto uma mensagem push espera porque seu leitor pode estar aqui: uma página que recarrega, uma mensagem lida na hora.",
    push_every_s:
      "Segundos entre duas mensagens push de um tópico para um aparelho; o que chega nesse meio tempo é contado na próxima.",
    push_devices:
      "Aparelhos de todos os usuários que podem receber mensagens push; cada um ocupa um quilobyte de memória.",
    push_allow_private:
      "Se visitantes podem indicar serviços de push em endereços privados, em outras portas e sem TLS: para testes. Nunca num servidor público.",
    console_hours:
      "Quantas horas dura um login no console: uma semana, para que continue conectado quem olha de vez em quando.",
    console_proxy_header:
      "O cabeçalho em que o seu proxy nomeia o proprietário que autenticou. Defina só se o proxy remove esse cabeçalho do que os visitantes enviam. Vazio: nenhum.",
    console_proxy_from:
      "Os proxies em que console_proxy_header é aceito: os endereços das suas conexões, ou unix para os de socket.",
    console_proxy_names:
      "Os proprietários que console_proxy_header pode nomear. Cada um tem todos os direitos do operador.",
    oidc_issuer:
      "O provedor OpenID Connect que autentica proprietários, como o seu documento de descoberta o nomeia. Precisa de public_url. Vazio: nenhum.",
    oidc_client_id: "O identificador que o provedor deu a este servidor.",
    oidc_client_secret:
      "O segredo que o provedor deu a este servidor. Vazio: um cliente público, protegido só por PKCE.",
    oidc_allowed:
      "Os proprietários que o provedor pode autenticar: endereços de e-mail verificados ou subjects. Cada um tem todos os direitos do operador. Vazio: ninguém.",
    metrics_public:
      "true: qualquer pessoa pode ler /metrics. false: precisa da chave do operador ou de uma chave de administração.",
  },
  allowed: "Valor permitido: {rule}.",
  rules: {
    "whole-number": "um número inteiro de {min} a {max}",
    "one-of": "{words}",
    "yes-or-no": "true ou false",
    title: "no máximo {max} caracteres visíveis em uma linha",
    topic: "1 a 64 caracteres de A–Z a–z 0–9 . _ : -, o primeiro uma letra ou um dígito",
    "topic-pattern": "o nome de um tópico, ou o começo de nomes seguido de *",
    "topic-list": "uma lista de tópicos e padrões",
    characters: "{min} a {max} caracteres",
    text: "um texto",
    "known-fields": "os campos {words}",
    origin:
      "uma origem como https://example.com ou https://*.example.com (esquema, host, porta; sem caminho), ou “*”",
    "origins-full":
      "{max} caracteres no total para os endereços adicionados; remova um ou use um como https://*.example.com",
    "owner-name": "1 a 40 letras de a a z, dígitos e . _ @ + -, começando com uma letra ou um dígito",
    "hard-to-guess":
      "uma frase difícil de adivinhar: quatro ou cinco palavras sem relação, sem o nome, palavras comuns ou fileiras de teclas",
    "message-id": "1 a 64 caracteres de A–Z a–z 0–9 . _ : -",
  },
  refusals: {
    "not-found": "Isto não existe aqui, ou não existe mais.",
    "topic-unknown": "Este tópico não existe neste servidor.",
    "text-empty": "O texto está vazio.",
    "text-too-long": "O texto é longo demais.",
    "too-large": "É grande demais.",
    "search-off": "A busca está desligada neste servidor.",
    "origin-denied": "Só uma página deste servidor pode fazer isso.",
    "bad-credential": "A sessão não vale mais. Entre de novo.",
    "shutting-down": "O servidor está reiniciando. Tente de novo em instantes.",
    internal: "Algo deu errado no servidor. Está no log dele.",
  },
  warnings: {
    "fsync-off":
      "No PostgreSQL, fsync está desligado: uma queda de energia pode danificar o banco de dados inteiro.",
    "full-page-writes-off":
      "No PostgreSQL, full_page_writes está desligado: uma queda de energia pode danificar páginas do banco de dados.",
    "synchronous-commit-off":
      "No PostgreSQL, synchronous_commit está desligado: uma falha perde mensagens já confirmadas.",
    "standby-not-awaited":
      "O PostgreSQL não espera pela sua réplica (synchronous_standby_names está vazio): depois de um failover, as últimas mensagens confirmadas podem faltar, e os leitores recebem uma lacuna.",
    "commit-local":
      "No PostgreSQL, synchronous_commit é local: ele não espera pela sua réplica síncrona, e um failover pode perder mensagens confirmadas.",
    "few-connections":
      "O PostgreSQL permite aqui {most} conexões, e um nó usa até {held}: um segundo nó seria recusado (max_connections, ou CONNECTION LIMIT do usuário ou do banco de dados).",
    "not-hearing":
      "O LISTEN do PostgreSQL não chega, como com um pooler em modo de transação: mensagens de outros nós chegam por consulta, até um quarto de segundo depois.",
  },
  troubles: {
    "login-refused":
      "o PostgreSQL recusa o login: verifique o usuário, a senha e se ele exige TLS (?sslmode=require)",
    "no-database": "o banco de dados não existe",
    "database-disk-full": "o disco do PostgreSQL está cheio",
    "no-connection": "o PostgreSQL não tem conexão livre",
    "read-only": "o banco de dados só pode ser lido (uma réplica?)",
    "lacks-right": "falta uma permissão ao usuário do banco de dados",
    "locked-too-long": "um bloqueio no banco de dados não foi obtido a tempo",
    "others-in-way": "outras transações do banco de dados atrapalharam",
    restarting: "o PostgreSQL está desligando ou iniciando",
    "database-disk-fails": "o disco do PostgreSQL falha, ou seus arquivos estão danificados",
    "no-answer": "o PostgreSQL não responde",
    standby: "o banco de dados é uma réplica e só pode ser lido",
    "no-tls": "o endereço pede TLS, e o PostgreSQL não oferece",
    "untrusted-certificate": "o certificado do PostgreSQL não é confiável",
    unreachable: "o PostgreSQL está inacessível",
    "other-error": "o PostgreSQL respondeu com um erro",
    "tail-behind": "este nó está mais de dois segundos atrás do banco de dados",
    "disk-full": "o disco está cheio",
    "no-permission": "falta permissão para escrever",
    "file-locked": "outro processo bloqueia o banco de dados",
    "file-damaged": "o banco de dados está danificado",
  },
};
