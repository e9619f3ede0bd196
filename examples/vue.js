/**
 * Shows a chat in a Vue page.
 *
 *   app.config.compilerOptions.isCustomElement = (tag) => tag === "kabar-chat";   // in Vite: the vue plugin's template option
 *   app.component("Chat", Chat);
 *   <Chat server="https://chat.example" topic="lobby" @message="…" style="height: 480px" />
 */
import { h, onMounted, ref, watch } from "vue";

/** Loads the widget once a page. */
function loadWidget(server) {
  const src = `${server}/widget.js`;
  if ([...document.scripts].some((script) => script.src === src)) return;
  const script = document.createElement("script");
  script.async = true;
  script.src = src;
  document.head.append(script);
}

/** `open` is for `mode="panel"`; `update:open` is emitted when the visitor opens or closes the panel (`v-model:open`). */
export const Chat = {
  props: { server: { type: String, required: true }, topic: { type: String, required: true }, open: Boolean },
  emits: ["message", "sent", "update:open"],
  setup(props, { emit, expose, slots }) {
    const chat = ref(null);
    const show = () => chat.value?.toggleAttribute("open", props.open);
    onMounted(() => {
      loadWidget(props.server);
      show();
    });
    watch(() => props.open, show);
    // The element itself, for its methods: `chat.value.element.focusComposer()`.
    expose({ element: chat });
    return () =>
      h(
        "kabar-chat",
        {
          ref: chat,
          server: props.server,
          topic: props.topic,
          "onKabar-message": (event) => emit("message", event.detail),
          "onKabar-sent": (event) => emit("sent", event.detail),
          "onKabar-open": () => emit("update:open", true),
          "onKabar-close": () => emit("update:open", false),
        },
        slots.default?.() ?? h("a", { href: `${props.server}/t/${props.topic}` }, "Read the chat"),
      );
  },
};
