/** What the management server shows under `/metrics`. Implemented by the features' side, which the kernel does not know. */
export abstract class MetricsSource {
  /** In Prometheus' text format. */
  abstract render(): Promise<{ contentType: string; text: string }>;
}
