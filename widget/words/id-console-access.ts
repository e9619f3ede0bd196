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
    removeAbout: "Sesi pemilik ini langsung berakhir.",
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
};
