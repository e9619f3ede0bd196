/** Indonesian words of the ways into the console, and of its named owners. */
import type { ConsoleAccessWords } from "./console-access-words.ts";

/** Indonesian. */
export const words: ConsoleAccessWords = {
  access: {
    name: "Nama",
    passphrase: "Frasa sandi",
    owners: "Pemilik",
    ownersAbout:
      "Mereka masuk dengan nama dan frasa sandi serta memiliki semua hak operator. Log audit menunjukkan apa yang dilakukan masing-masing. Frasa sandi baru mengakhiri sesi pemiliknya.",
    newOwner: "Pemilik baru",
    passphraseRule: "Frasa sandi (minimal 15 karakter)",
    again: "Ulangi frasa sandi",
    advice: "Empat atau lima kata yang tidak berkaitan adalah pilihan yang baik.",
    differ: "Kedua frasa sandi tidak sama.",
    save: "Simpan",
    saved: "Frasa sandi disimpan.",
    setAt: (when) => `frasa sandi diatur ${when}`,
    newPassphrase: "Frasa sandi baru",
    newPassphraseFor: (name) => `Frasa sandi baru untuk ${name}`,
    remove: "Hapus",
    removeOwner: "Hapus pemilik",
    removeAbout: "Sesi dan kunci sandi pemilik ini langsung berakhir.",
    removed: "Pemilik dihapus.",
    none: "Belum ada pemilik.",
    withProvider: (provider) => `Masuk dengan ${provider}`,
    oidc: {
      away: "Penyedia sedang tidak menjawab sebagaimana mestinya. Coba lagi nanti, atau masuk dengan cara lain.",
      refused: "Penyedia tidak memasukkan Anda. Coba lagi.",
      unknown:
        "Anda tidak ada dalam daftar pemilik yang boleh dimasukkan oleh penyedia (oidc_allowed), atau alamat e-mail Anda belum diverifikasi.",
      expired: "Proses masuk ini terlalu lama atau dimulai di peramban lain. Coba lagi.",
      busy: "Terlalu banyak percobaan masuk yang gagal dari alamat Anda. Coba lagi nanti.",
    },
  },
  passkeys: {
    title: "Kunci sandi",
    about:
      "Kunci sandi memasukkan pemilik dengan sidik jari, wajah, atau PIN, tanpa nama atau frasa sandi, di alamat tempat kunci itu dibuat. Menghapusnya mengakhiri sesinya. Frasa sandi baru tidak mengubahnya.",
    add: "Tambah kunci sandi",
    addFor: (owner) => `Tambah kunci sandi untuk ${owner}`,
    owner: "Pemilik",
    name: "Nama, misalnya nama perangkat",
    thisDevice:
      "Peramban menanyakan tempat menyimpannya: di perangkat ini, di pengelola sandi Anda, atau di kunci keamanan.",
    added: "Kunci sandi ditambahkan.",
    removed: "Kunci sandi dihapus.",
    addedAt: (when) => `ditambahkan ${when}`,
    usedAt: (when) => `terakhir dipakai ${when}`,
    unused: "belum pernah dipakai",
    worksAt: (address) => `berlaku di ${address}`,
    copiedAt: (when) =>
      `Mungkin telah disalin: hitungan pemakaian lama datang ${when}. Hapus dan tambahkan yang baru.`,
    none: "Belum ada kunci sandi.",
    noOwner:
      "Kunci sandi adalah untuk pemilik yang bernama dan punya frasa sandi. Buat dulu pemilik seperti itu, atau masuk sebagai salah satunya.",
    signIn: "Masuk dengan kunci sandi",
    insecure: "Kunci sandi memerlukan https: buka konsol lewat alamat https-nya, atau sebagai localhost.",
    address: "Kunci sandi memerlukan nama host: buka konsol lewat namanya, bukan lewat angka.",
    unsupported: "Peramban ini tidak punya kunci sandi.",
    refused:
      "Kunci sandi ini ditolak: sudah dihapus, dibuat di alamat lain, atau proses masuk terlalu lama. Coba lagi, atau masuk dengan cara lain.",
    cancelled:
      "Peramban tidak memakai kunci sandi: dibatalkan, terlalu lama, atau tidak ada untuk alamat ini.",
    exists: "Perangkat ini sudah punya kunci sandi pemilik ini.",
  },
};
