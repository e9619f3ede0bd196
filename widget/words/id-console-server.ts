/** Indonesian sentences for what the server says in English: settings, broken rules, warnings, troubles. */
import type { ServerWords } from "./console-server-words.ts";

export const words: ServerWords = {
  settings: {
    port: "Port tempat server mendengarkan; 0 memilih yang bebas.",
    host: "Alamat tempat server mendengarkan. Biasanya hanya mesin ini; 0.0.0.0 untuk semua alamat.",
    socket: "Soket Unix sebagai ganti host dan port, untuk proksi di mesin ini. Kosong: tidak ada.",
    socket_mode: "Izin berkas soket: siapa yang boleh terhubung. 660: pengguna dan grup server.",
    tls_cert:
      "TLS milik server sendiri: berkas PEM berisi sertifikat dan rantainya, dibaca lagi bila berubah. Kosong: HTTP, dengan proksi di depan.",
    tls_key: "Berkas PEM berisi kunci tls_cert, tanpa frasa sandi.",
    data_dir: "Folder berisi log, kunci, dan widget yang sudah dibangun.",
    log: "Basis data yang menyimpan log, PostgreSQL 13 atau lebih baru; atau beberapa, yang berbagi topik. Kosong: SQLite di folder data.",
    public_url:
      "Alamat tempat peramban mencapai server ini; dipakai dalam tag, dan halaman dari origin ini boleh terhubung. Dengan path, server juga menjawab di bawahnya. Kosong: dari permintaan.",
    log_level: "Tingkat terendah baris log di keluaran galat.",
    allowed_origins:
      'Halaman yang boleh terhubung dan menulis. "*": halaman mana pun boleh menyematkan topik yang terbuka untuk tamu.',
    trusted_proxy_hops:
      "Jumlah proksi balik Anda di depan server; sebanyak itu entri di akhir X-Forwarded-For dipercaya.",
    operator_key: "Kunci operator. Kosong: start pertama membuatnya dan menyimpannya di folder data.",
    guest_secret:
      "Rahasia yang menandatangani kredensial tamu. Kosong: start pertama membuatnya dan menyimpannya di folder data.",
    token_secret:
      "Rahasia yang dipakai backend situs untuk menandatangani token pengguna (HS256). Kosong: token semacam itu ditolak.",
    token_keys:
      "Kunci publik token pengguna (RS256, ES256, EdDSA): berkas JWKS atau alamatnya. Kosong: token semacam itu ditolak.",
    token_issuer: "`iss` yang harus dimiliki token. Kosong: apa saja.",
    token_audience: "`aud` yang harus dimiliki atau dimuat token. Kosong: apa saja.",
    token_skew_s: "Selisih detik yang boleh ada antara jam penerbit token dan jam server ini.",
    reserved_names: "Kata yang tidak boleh ada dalam nama tamu, termasuk yang hanya mirip.",
    guest_gate:
      "Pemeriksaan tamu baru sebelum boleh menulis: none (tidak ada), work (bukti kerja), atau callback (bertanya ke backend Anda).",
    gate_work_bits:
      "Bukti kerja: bit nol di depan yang harus ditemukan; tiap bit menggandakan kerja. 16 butuh sepersepuluh detik di komputer, beberapa detik di ponsel lama.",
    gate_url: "Callback: alamat yang memutuskan apakah tamu baru boleh menulis.",
    gate_timeout_ms: "Callback: berapa lama server menunggu jawaban.",
    gate_on_failure:
      "Callback: apakah tamu baru boleh menulis (open) atau tidak (closed) bila backend Anda tidak menjawab.",
    durability:
      "fsync: pesan yang dikonfirmasi selamat dari listrik padam. os: selamat dari kill -9, tetapi listrik padam bisa menghilangkan yang terakhir.",
    max_commit_window_ms:
      "Waktu tunggu terlama sebuah pesan saat beban tinggi, agar banyak pesan berbagi satu fsync dan satu penyebaran. Setelah sepi tidak ada yang menunggu.",
    search: "Pesan bisa dicari, dengan indeks sekitar 150 byte per pesan.",
    retain_messages: "Berapa pesan yang disimpan sebuah topik; 0 menyimpan semua.",
    retain_days: "Berapa hari sebuah topik menyimpan pesannya; 0 menyimpan semua.",
    audit_days: "Berapa hari log audit menyimpan perubahan yang tidak berlaku lagi; 0 menyimpan semua.",
    max_topics:
      "Topik yang boleh dibuat tamu dan pengguna lewat pola, seluruhnya; topik tanpa pesan dibuang.",
    address_new_topics: "Topik per jam yang boleh dibuat tamu dan pengguna dari satu alamat lewat pola.",
    max_text_bytes: "Teks terpanjang, dalam byte UTF-8: dua halaman prosa.",
    max_frame_bytes:
      "Frame WebSocket atau isi HTTP terbesar yang diterima: lebih dari teks terpanjang dengan escape.",
    max_queued_bytes:
      "Byte belum terbaca yang boleh dimiliki sebuah sesi sebelum server menutupnya (klien melanjutkan nanti); membatasi memori pembaca lambat.",
    max_total_queued_bytes:
      "Byte belum terbaca semua sesi bersama; di atas ini server menutup sesi paling lambat dulu. Membatasi memori server.",
    max_growing:
      "Pesan yang boleh tumbuh bersamaan, seluruhnya: masing-masing ditulis ulang hingga sepuluh kali per detik.",
    max_growing_per_user: "Pesan satu penulis yang boleh tumbuh bersamaan: banyak build dengan satu kunci.",
    growing_idle_s: "Detik tanpa tambahan, setelah itu pesan yang tumbuh diakhiri apa adanya.",
    max_topics_per_session:
      "Topik yang boleh dilanggan satu sesi: banyak untuk sebuah halaman, sedikit untuk serangan.",
    max_history_page: "Pesan dalam satu halaman riwayat.",
    max_sessions: "Sesi terbuka seluruhnya; atur batas berkas terbuka di atas ini.",
    max_sessions_per_address:
      "Sesi terbuka dari satu alamat: cukup untuk kantor di balik satu router, terlalu sedikit untuk banjir.",
    hello_timeout_ms: "Berapa lama sesi baru boleh terbuka tanpa `hello`.",
    idle_timeout_s:
      "Detik tanpa lalu lintas, setelah itu sambungan ditutup. Server mengirim ping sekitar 16 detik lebih awal: tepat waktu bagi proksi yang menutup setelah 30 detik.",
    session_publish_rate:
      "Pesan per detik yang rata-rata boleh dikirim sesi tamu: lebih cepat dari orang mengetik.",
    session_publish_burst: "Pesan yang boleh dikirim sesi tamu sekaligus setelah sepi.",
    address_publish_rate: "Pesan per detik yang boleh dikirim semua tamu dari satu alamat.",
    address_publish_burst: "Pesan yang boleh dikirim semua tamu dari satu alamat sekaligus setelah sepi.",
    user_publish_rate:
      "Pesan per detik yang boleh dikirim satu tamu atau pengguna lewat semua sesi: lebih banyak tab tidak menaikkan batas.",
    user_publish_burst: "Pesan yang boleh dikirim satu tamu atau pengguna sekaligus setelah sepi.",
    topic_publish_rate:
      "Pesan per detik yang boleh dikirim semua tamu dan pengguna sebuah topik: lebih dari yang bisa dibaca orang, dan batas bagi banjir dari banyak alamat.",
    topic_publish_burst:
      "Pesan yang boleh dikirim semua tamu dan pengguna sebuah topik sekaligus setelah sepi: gol, lagu tambahan.",
    join_rate:
      "Sesi per detik yang boleh terbuka di server ini: sebanyak yang dibuka satu prosesor sambil melayani yang lain.",
    join_burst: "Sesi yang boleh terbuka sekaligus: semua pembaca server penuh kembali setelah deploy.",
    address_join_rate:
      "Sesi per detik yang boleh terbuka dari satu alamat: cukup bagi orang yang memuat ulang, terlalu sedikit untuk banjir.",
    address_join_burst:
      "Sesi yang boleh terbuka sekaligus dari satu alamat: sebuah kantor kembali setelah deploy.",
    address_read_rate:
      "Pembacaan per detik lewat HTTP dari satu alamat, termasuk halaman riwayat lewat WebSocket; tiap 16 KB jawaban dihitung satu lagi.",
    address_read_burst:
      "Pembacaan sekaligus dari satu alamat: kantor membuka transkrip, skrip membolak-balik riwayat.",
    address_file_rate:
      "Halaman dan berkas widget per detik yang boleh dimuat satu alamat; tiap 16 KB dihitung satu lagi.",
    address_file_burst:
      "Halaman dan berkas widget yang boleh dimuat satu alamat sekaligus: ruang kuliah penuh membuka halaman dengan obrolan, selusin berkas masing-masing.",
    address_guess_rate: "Kunci atau token salah per detik yang diperiksa server dari satu alamat.",
    address_guess_burst:
      "Kunci atau token salah sekaligus dari satu alamat: orang salah ketik beberapa kali; lebih dari itu server menolak dan mencatatnya.",
    session_command_rate: "Perintah jenis apa pun per detik yang boleh dikirim sesi tamu.",
    session_command_burst:
      "Perintah yang boleh dikirim sesi tamu sekaligus: halaman dengan banyak topik dimulai.",
    ring_entries:
      "Pesan terbaru topik aktif yang tetap di memori, agar pembaca melanjutkan setelah sebentar pergi tanpa membaca log.",
    drain_window_ms: "Pematian: sesi mendapat waktu untuk menyambung lagi, tersebar dalam rentang ini.",
    drain_delay_ms:
      "Pematian: berapa lama /readyz menjawab 503 sebelum sesi ditutup, agar penyeimbang beban mengetahuinya.",
    hooks_allow_private:
      "Apakah webhook boleh dikirim ke alamat privat: mesin ini, jaringan Anda sendiri. false: hanya ke internet publik.",
    hooks_timeout_ms:
      "Berapa lama penerima webhook boleh menjawab; jawaban yang lebih lambat tidak dihitung.",
    ask_timeout_ms:
      "Berapa lama webhook yang ditanya lebih dulu boleh menjawab; setelah itu cadangannya berlaku. Selama itu pengunjung menunggu.",
    alert_pause_s: "Detik antara dua peringatan sebuah topik: ada yang menulis dan tidak ada moderator.",
    smtp_url: "Server surel untuk webhook ke alamat mailto:. Kosong: tidak ada, alamat semacam itu ditolak.",
    mail_from: "Pengirim surel. Kosong: alamat penerima sendiri.",
    hooks_in_bytes:
      "Isi terbesar yang diterima webhook masuk: GitHub dan Grafana mengirim jauh lebih banyak dari isinya.",
    hook_in_rate:
      "Pesan per detik yang rata-rata boleh dikirim satu webhook masuk: lebih dari yang diizinkan Slack dan Discord.",
    hook_in_burst: "Pesan yang boleh dikirim satu webhook masuk sekaligus setelah sepi: badai peringatan.",
    ntfy_keepalive_s:
      "Detik tanpa lalu lintas, setelah itu pelanggan ntfy mendapat tanda hidup: klien ntfy menyerah sekitar semenit kemudian.",
    feed_days:
      "Berapa hari feed disimpan, agar pembaca dan webhook bisa kembali. Yang masih harus dikirim webhook disimpan lebih lama.",
    push: "Apakah tamu dan pengguna bisa mendapat pesan push di perangkat mereka.",
    push_contact:
      "Cara layanan push menghubungi Anda, dalam setiap permintaan; Apple ingin kontak nyata. Kosong: public_url.",
    push_payload:
      "text: pesan push berisi penulis dan awal teks, dienkripsi untuk perangkat. none: hanya memberi tahu ada pesan baru.",
    push_wait_ms:
      "Berapa lama pesan push menunggu karena pembacanya mungkin ada di sini: halaman yang dimuat ulang, pesan yang langsung dibaca.",
    push_every_s:
      "Detik antara dua pesan push satu topik ke satu perangkat; yang datang di antaranya dihitung dalam pesan berikutnya.",
    push_devices:
      "Perangkat semua pengguna yang bisa mendapat pesan push; masing-masing memakai satu kilobita memori.",
    push_allow_private:
      "Apakah pengunjung boleh menyebut layanan push di alamat privat, port lain, dan tanpa TLS: untuk pengujian. Jangan pernah di server publik.",
    console_hours:
      "Berapa jam masuk ke konsol berlaku: seminggu, agar pemilik yang sesekali melihat tetap masuk.",
    console_proxy_header:
      "Header tempat proksi Anda menyebut pemilik yang sudah masuk. Atur hanya bila proksi menghapus header itu dari kiriman pengunjung. Kosong: tidak ada.",
    console_proxy_from:
      "Proksi yang dipercaya untuk console_proxy_header: alamat sambungannya, atau unix untuk yang lewat socket.",
    console_proxy_names:
      "Pemilik yang boleh disebut console_proxy_header. Masing-masing punya semua hak operator.",
    oidc_issuer:
      "Penyedia OpenID Connect yang memasukkan pemilik, seperti disebut dokumen penemuannya. Perlu public_url. Kosong: tidak ada.",
    oidc_client_id: "Id yang diberikan penyedia kepada server ini.",
    oidc_client_secret:
      "Rahasia yang diberikan penyedia kepada server ini. Kosong: klien publik yang hanya dilindungi PKCE.",
    oidc_allowed:
      "Pemilik yang boleh dimasukkan penyedia: alamat surel terverifikasi atau subject. Masing-masing punya semua hak operator. Kosong: tidak seorang pun.",
    metrics_public: "true: siapa pun boleh membaca /metrics. false: perlu kunci operator atau kunci admin.",
  },
  allowed: "Yang diizinkan: {rule}.",
  rules: {
    "whole-number": "bilangan bulat dari {min} sampai {max}",
    "one-of": "{words}",
    "yes-or-no": "true atau false",
    title: "paling banyak {max} karakter terlihat dalam satu baris",
    topic: "1 sampai 64 karakter dari A–Z a–z 0–9 . _ : -, yang pertama huruf atau angka",
    "topic-pattern": "nama topik, atau awal nama diikuti *",
    "topic-list": "daftar topik dan pola",
    characters: "{min} sampai {max} karakter",
    text: "teks",
    "known-fields": "bidang {words}",
    origin:
      "origin seperti https://example.com atau https://*.example.com (skema, host, port; tanpa path), atau “*”",
    "origins-full":
      "seluruhnya {max} karakter untuk alamat tambahan; hapus satu atau pakai yang seperti https://*.example.com",
    "owner-name": "1 sampai 40 huruf a sampai z, angka, dan . _ @ + -, diawali huruf atau angka",
    "hard-to-guess":
      "frasa sandi yang sulit ditebak: empat atau lima kata yang tidak berkaitan, bukan nama, kata umum, atau deretan tombol",
    "message-id": "1 sampai 64 karakter dari A–Z a–z 0–9 . _ : -",
  },
  refusals: {
    "not-found": "Ini tidak ada di sini, atau sudah tidak ada.",
    "topic-unknown": "Topik ini tidak ada di server ini.",
    "text-empty": "Teksnya kosong.",
    "text-too-long": "Teksnya terlalu panjang.",
    "too-large": "Ini terlalu besar.",
    "search-off": "Pencarian dimatikan di server ini.",
    "origin-denied": "Hanya halaman server ini yang boleh melakukannya.",
    "bad-credential": "Sesi tidak berlaku lagi. Masuk kembali.",
    "shutting-down": "Server sedang dimulai ulang. Coba lagi sebentar lagi.",
    internal: "Ada yang salah di server. Sudah dicatat di lognya.",
  },
  warnings: {
    "fsync-off": "Di PostgreSQL, fsync dimatikan: listrik padam bisa merusak seluruh basis data.",
    "full-page-writes-off":
      "Di PostgreSQL, full_page_writes dimatikan: listrik padam bisa merusak halaman basis data.",
    "synchronous-commit-off":
      "Di PostgreSQL, synchronous_commit dimatikan: kerusakan menghilangkan pesan yang sudah dikonfirmasi.",
    "standby-not-awaited":
      "PostgreSQL tidak menunggu cadangannya (synchronous_standby_names kosong): setelah failover pesan terbaru yang dikonfirmasi bisa hilang, dan pembaca mendapat celah.",
    "commit-local":
      "Di PostgreSQL, synchronous_commit bernilai local: ia tidak menunggu cadangan sinkronnya, dan failover bisa menghilangkan pesan yang dikonfirmasi.",
    "few-connections":
      "PostgreSQL mengizinkan {most} sambungan di sini, dan satu node memakai hingga {held}: node kedua akan ditolak (max_connections, atau CONNECTION LIMIT pengguna atau basis data).",
    "not-hearing":
      "LISTEN PostgreSQL tertelan, seperti oleh pooler dalam mode transaksi: pesan node lain datang lewat polling, hingga seperempat detik lebih lambat.",
  },
  troubles: {
    "login-refused":
      "PostgreSQL menolak login: periksa nama pengguna, kata sandi, dan apakah ia meminta TLS (?sslmode=require)",
    "no-database": "basis data tidak ada",
    "database-disk-full": "disk PostgreSQL penuh",
    "no-connection": "PostgreSQL tidak punya sambungan bebas",
    "read-only": "basis data hanya bisa dibaca (cadangan?)",
    "lacks-right": "pengguna basis data kekurangan hak",
    "locked-too-long": "kunci di basis data tidak didapat tepat waktu",
    "others-in-way": "transaksi lain di basis data menghalangi",
    restarting: "PostgreSQL sedang mati atau memulai",
    "database-disk-fails": "disk PostgreSQL gagal, atau berkasnya rusak",
    "no-answer": "PostgreSQL tidak menjawab",
    standby: "basis data adalah cadangan dan hanya bisa dibaca",
    "no-tls": "alamat meminta TLS, dan PostgreSQL tidak menawarkannya",
    "untrusted-certificate": "sertifikat PostgreSQL tidak dipercaya",
    unreachable: "PostgreSQL tidak dapat dihubungi",
    "other-error": "PostgreSQL menjawab dengan galat",
    "tail-behind": "node ini tertinggal lebih dari dua detik dari basis data",
    "disk-full": "disk penuh",
    "no-permission": "tidak ada izin menulis",
    "file-locked": "proses lain mengunci basis data",
    "file-damaged": "basis data rusak",
  },
};
