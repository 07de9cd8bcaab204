export { DEVICES, onnxTarget, requireDevice, type Device } from "./device.ts";
export { EngineSession, engineVersion, type SessionOptions } from "./session.ts";
