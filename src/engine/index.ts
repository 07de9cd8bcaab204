export { EngineSession, engineVersion, type SessionOptions } from "./session.ts";
