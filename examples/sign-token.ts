// Signs a token with which a member chats under their own name, as a site's back end does. Any JWT library works; this is `jose`.
//   KABAR_TOKEN_SECRET=… bun examples/sign-token.ts 42 "Ana Lestari" [moderator] ["12 hours"]
import { SignJWT } from "jose";

const [id = "42", name = "Ana Lestari", role = "user", lasts = "15 minutes"] = process.argv.slice(2);
const secret = new TextEncoder().encode(process.env.KABAR_TOKEN_SECRET);
const token = await new SignJWT({ name, role })
  .setProtectedHeader({ alg: "HS256" })
  .setSubject(id)
  .setIssuedAt()
  .setExpirationTime(lasts)
  .sign(secret);
console.log(token);
