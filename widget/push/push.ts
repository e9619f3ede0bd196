/** Entry of the chunk `push`, loaded where push messages are on, or may be turned on in the settings. */
export { drawPush } from "./push-choices.ts";
export { forgetPush } from "./push-device.ts";
export { watchPush } from "./push-here.ts";
