/** Indonesian words of the settings. */
import type { SettingsWords } from "./settings-words.ts";

/** Indonesian. */
export const words: SettingsWords = {
  title: "Pengaturan",
  theme: "Tema",
  auto: "Sistem",
  light: "Terang",
  dark: "Gelap",
  density: "Tata letak",
  cosy: "Lapang",
  compact: "Rapat",
  bubbles: "Gelembung",
  mute: "Bisukan obrolan ini",
  sound: "Suara",
  badge: "Jumlah belum dibaca di judul halaman",
  notify: "Notifikasi",
  off: "Mati",
  mentions: "Sebutan",
  all: "Semua",
  blocked: "Browser Anda memblokir notifikasi dari halaman ini.",
  say: "Pengumuman pembaca layar",
  keys: "Kirim dengan Ctrl+Enter",
  privacy: "Privasi",
  clear: "Hapus data saya di perangkat ini",
  clearAsk: "Hapus nama dan pesan yang belum terkirim?",
  cleared: "Data Anda sudah dihapus dari perangkat ini.",
};
