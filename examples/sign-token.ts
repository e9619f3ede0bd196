// What a site's back end does to let a signed-in member chat under their own name. Any JWT library does; this is `jose`.
//   KABAR_TOKEN_SECRET=… bun examples/sign-token.ts 42 "Ana Lestari"
import { SignJWT } from "jose";

const [id = "42", name = "Ana Lestari"] = process.argv.slice(2);
const secret = new TextEncoder().encode(process.env.KABAR_TOKEN_SECRET);
const token = await new SignJWT({ name, role: "user" })
  .setProtectedHeader({ alg: "HS256" })
  .setSubject(id)
  .setIssuedAt()
  .setExpirationTime("15 minutes")
  .sign(secret);
console.log(token);
