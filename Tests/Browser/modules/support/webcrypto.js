/** Node 18 has it, but not where browsers and later ones do. */
import { webcrypto } from "node:crypto";

globalThis.crypto ??= webcrypto;
