/** When recurring jobs pause. Implemented by the features' side, which the kernel does not know. */
export abstract class JobPause {
  /** @throws the driver's error when the control database cannot say; that is not "off" */
  abstract isOn(): Promise<boolean>;
}
