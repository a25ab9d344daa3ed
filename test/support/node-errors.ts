/**
 * Makes errors of Node's own modules instances of the tests' `Error`, as they are outside of Jest, whose test files have classes of
 * their own. Libraries that ask for the class, as the SDK of S3 does, would otherwise lose their code.
 */
export function takeNodesErrors(): void {
  const isInstance = Function.prototype[Symbol.hasInstance];
  Object.defineProperty(Error, Symbol.hasInstance, {
    configurable: true,
    value(this: unknown, value: unknown): boolean {
      return (this === Error && Error.isError(value)) || isInstance.call(this, value);
    },
  });
}
