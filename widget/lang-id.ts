/** Indonesian: the words of strings.ts, a chunk of its own. */
import type { Translation } from "./strings.ts";
import type { Words } from "./words.ts";

const number = (n: number): string => n.toLocaleString("id");
const messages = (n: number): string => `${number(n)} pesan`;

/** Indonesian. */
export const translation: Translation = {
  lang: "id",
  chat: (title) => `Obrolan, ${title}`,
  launcher: (unread) => (unread ? `Obrolan, ${number(unread)} belum dibaca` : "Obrolan"),
  transcript: (topic) => `Pesan, ${topic}`,
  newMessages: "Pesan baru",
  composer: "Pesan",
  placeholder: (title) => `Pesan ke ${title}`,
  send: "Kirim",
  close: "Tutup",
  writeAs: "Menulis sebagai ",
  changeName: "Ganti nama",
  yourName: "Nama Anda",
  save: "Simpan",
  cancel: "Batal",
  badName: "Gunakan 1 sampai 40 karakter.",
  today: "Hari ini",
  yesterday: "Kemarin",
  unread: "Baru",
  away: (n) => `${messages(n)} selama Anda pergi`,
  gap: (n) => `${messages(n)} tidak disimpan lagi`,
  empty: "Jadilah yang pertama menulis",
  loadingOlder: "Memuat pesan sebelumnya",
  jump: (n) => (n ? `${n > 99 ? `${number(99)}+` : number(n)} baru · Ke yang terbaru` : "Ke yang terbaru"),
  you: "Anda",
  operator: "Operator",
  sending: "Dalam antrean",
  held: "Menunggu moderator",
  rejected: "Tidak disetujui",
  notSent: "Tidak terkirim",
  retry: "Coba lagi",
  discard: "Hapus",
  tooFast: "Terlalu cepat: sebentar lagi terkirim.",
  tooLong: (over) => `${number(over)} bita terlalu panjang`,
  tooMany: "Terlalu banyak pesan yang belum terkirim.",
  readonly: "Di sini Anda hanya dapat membaca.",
  guestAgain: "Peramban ini tidak menyimpan apa pun: setelah dimuat ulang Anda menjadi tamu baru.",
  connecting: "Menghubungkan…",
  reconnecting: "Menghubungkan kembali…",
  reconnectingIn: (seconds) => `Menghubungkan kembali dalam ${number(seconds)} dtk`,
  tryNow: "Coba sekarang",
  offline: "Anda sedang luring. Pesan akan terkirim saat Anda kembali.",
  online: "Kembali daring",
  refused: "Obrolan ini tidak dapat ditampilkan di sini.",
  openInTab: "Buka obrolan di tab baru",
  broken: "Pesan ini tidak dapat ditampilkan",
};

/** What is loaded after the list. */
export const words: Partial<Words> = {
  manyNew: (n, topic) => `${messages(n)} baru di ${topic}`,
};
