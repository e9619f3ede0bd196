/** Style sheets are bundled as minified text; the constants are filled in by build.ts. */
declare module "*.css" {
  const text: string;
  export default text;
}
/** The version of package.json. */
declare const __VERSION__: string;
/** The file name of the chunk that holds the chat, relative to the script. */
declare const __CORE__: string;
/** The hash in the file name of every chunk. */
declare const __HASH__: string;
