import { startTestService, type TestService, type TestServiceOptions } from './app';

/** For a file of tests: starts services that are stopped after the test, however that ends; or before, by `stopAll`. */
export function servicesOfEachTest() {
  const started: TestService[] = [];
  /** The newest first: it may use the database of an older one. */
  const stopAll = async (): Promise<void> => {
    for (const service of started.splice(0).reverse()) await service.stop();
  };
  afterEach(stopAll);
  const start = async (options: TestServiceOptions = {}): Promise<TestService> => {
    const service = await startTestService(options);
    started.push(service);
    return service;
  };
  return { start, stopAll };
}
