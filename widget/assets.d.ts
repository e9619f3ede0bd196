/** Style sheets are bundled as minified text; the constants are filled in by build.ts. */
declare module "*.css" {
  const text: string;
  export default text;
}
/** The version of package.json. */
declare const __VERSION__: string;
/** The file name of the chunk that holds the chat, relative to the script. */
declare const __CORE__: string;
/** Whether the file names of all chunks end alike, with one hash. */
declare const __ONE_HASH__: boolean;
