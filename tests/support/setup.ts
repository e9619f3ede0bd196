/** Runs before every test file: a deadline that a slow machine meets, and that a hang does not. */
import { setDefaultTimeout } from "bun:test";

setDefaultTimeout(60_000);
