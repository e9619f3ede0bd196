/**
 * Emoji by the names that senders of notifications use for them (`:warning:`, an icon, a tag). The ones that tools send, not all:
 * an unknown name stays as it was written.
 */
const TABLE =
  "warning ⚠️ rotating_light 🚨 white_check_mark ✅ heavy_check_mark ✔️ ballot_box_with_check ☑️ x ❌ no_entry ⛔ no_entry_sign 🚫 " +
  "exclamation ❗ heavy_exclamation_mark ❗ bangbang ‼️ question ❓ information_source ℹ️ bell 🔔 no_bell 🔕 mega 📣 loudspeaker 📢 " +
  "fire 🔥 boom 💥 zap ⚡ bug 🐛 skull 💀 ghost 👻 robot 🤖 robot_face 🤖 tada 🎉 rocket 🚀 sparkles ✨ star ⭐ star2 🌟 " +
  "heart ❤️ broken_heart 💔 green_heart 💚 eyes 👀 +1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 clap 👏 wave 👋 pray 🙏 muscle 💪 " +
  "ok_hand 👌 point_right 👉 raised_hands 🙌 smile 😄 smiley 😃 grinning 😀 joy 😂 laughing 😆 wink 😉 blush 😊 " +
  "slightly_smiling_face 🙂 thinking 🤔 thinking_face 🤔 sob 😭 cry 😢 rage 😡 scream 😱 sunglasses 😎 facepalm 🤦 partying_face 🥳 " +
  "red_circle 🔴 large_orange_circle 🟠 orange_circle 🟠 large_yellow_circle 🟡 yellow_circle 🟡 large_green_circle 🟢 green_circle 🟢 " +
  "large_blue_circle 🔵 blue_circle 🔵 white_circle ⚪ black_circle ⚫ large_red_square 🟥 large_green_square 🟩 " +
  "triangular_flag_on_post 🚩 checkered_flag 🏁 construction 🚧 hammer 🔨 wrench 🔧 hammer_and_wrench 🛠️ gear ⚙️ lock 🔒 unlock 🔓 " +
  "key 🔑 mag 🔍 bulb 💡 package 📦 memo 📝 pencil 📝 clipboard 📋 calendar 📅 date 📅 chart_with_upwards_trend 📈 " +
  "chart_with_downwards_trend 📉 bar_chart 📊 link 🔗 paperclip 📎 pushpin 📌 round_pushpin 📍 bookmark 🔖 label 🏷️ computer 💻 " +
  "desktop_computer 🖥️ floppy_disk 💾 cd 💿 minidisc 💽 electric_plug 🔌 battery 🔋 satellite 📡 globe_with_meridians 🌐 " +
  "earth_africa 🌍 cloud ☁️ snowflake ❄️ sunny ☀️ umbrella ☔ house 🏠 office 🏢 hospital 🏥 door 🚪 email ✉️ envelope ✉️ " +
  "incoming_envelope 📨 inbox_tray 📥 outbox_tray 📤 mailbox 📫 phone ☎️ telephone ☎️ iphone 📱 camera 📷 video_camera 📹 tv 📺 " +
  "hourglass ⌛ hourglass_flowing_sand ⏳ alarm_clock ⏰ stopwatch ⏱️ repeat 🔁 arrows_counterclockwise 🔄 recycle ♻️ " +
  "arrow_up ⬆️ arrow_down ⬇️ arrow_right ➡️ arrow_left ⬅️ heavy_plus_sign ➕ heavy_minus_sign ➖ hundred 💯 100 💯 " +
  "moneybag 💰 dollar 💵 credit_card 💳 shopping_cart 🛒 gift 🎁 trophy 🏆 medal 🏅 cake 🍰 birthday 🎂 beer 🍺 coffee ☕ pizza 🍕 " +
  "taco 🌮 car 🚗 bus 🚌 truck 🚚 airplane ✈️ ship 🚢 partly_sunny ⛅ rainbow 🌈 cat 🐱 dog 🐶 facepalm 🤦 shrug 🤷 stop_sign 🛑 " +
  "octagonal_sign 🛑 speech_balloon 💬 thought_balloon 💭 lock_with_ink_pen 🔏 closed_lock_with_key 🔐 shield 🛡️ syringe 💉 pill 💊 " +
  "thermometer 🌡️ whale 🐳 octopus 🐙 penguin 🐧 snake 🐍 crab 🦀 elephant 🐘 white_small_square ▫️ small_blue_diamond 🔹 " +
  "small_orange_diamond 🔸 large_blue_diamond 🔷 arrow_forward ▶️ fast_forward ⏩ rewind ⏪ record_button ⏺️ double_vertical_bar ⏸️";

let emoji: ReadonlyMap<string, string> | undefined;

/** The table by name. Read when a name is first asked for: a start does not wait for it. */
function readEmoji(): ReadonlyMap<string, string> {
  if (emoji) return emoji;
  const words = TABLE.split(" ");
  emoji = new Map(words.flatMap((name, i) => (i % 2 === 0 ? [[name, words[i + 1] ?? ""]] : [])));
  return emoji;
}

/** The emoji of a name, with or without its colons; undefined for an unknown name. */
export const emojiNamed = (name: string): string | undefined =>
  readEmoji().get(name.replace(/^:(.+):$/, "$1"));

/** A text with the names of emoji replaced, which stand between colons. */
export const withEmoji = (text: string): string =>
  text.replace(/:([a-z0-9_+-]{1,40}):/g, (all, name: string) => readEmoji().get(name) ?? all);
