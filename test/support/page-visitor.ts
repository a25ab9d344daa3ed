/** A browser as far as redirects and cookies go: it follows each by hand, so that a test can look at them or change them. */
export class PageVisitor {
  private readonly cookies = new Map<string, Map<string, string>>();

  /** @param places origins that exist in the test alone, and where they are */
  constructor(private readonly places: Readonly<Record<string, string>>) {}

  /** One request; no redirect is followed. */
  async step(url: string, init: RequestInit = {}): Promise<Response> {
    const { origin } = new URL(url);
    const address = url.replace(origin, this.places[origin] ?? origin);
    const headers = new Headers(init.headers);
    headers.set('Cookie', this.cookieHeader(origin));
    const response = await fetch(address, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) this.keep(origin, line);
    return response;
  }

  /**
   * Follows redirects until there is none.
   *
   * @param stopBefore is not gone to any more
   * @returns the last address, and its answer unless it was not gone to
   */
  async go(
    url: string,
    { init, stopBefore = () => false }: { init?: RequestInit; stopBefore?: (url: string) => boolean } = {},
  ): Promise<{ url: string; response: Response | undefined }> {
    let [at, how] = [url, init];
    for (let i = 0; i < 20; i += 1) {
      if (stopBefore(at)) return { url: at, response: undefined };
      const response = await this.step(at, how);
      const next = response.headers.get('location');
      if (next === null) return { url: at, response };
      [at, how] = [new URL(next, at).href, undefined];
    }
    throw new Error('too many redirects');
  }

  cookieNames(origin: string): string[] {
    return [...(this.cookies.get(origin)?.keys() ?? [])];
  }

  cookieHeader(origin: string): string {
    return [...(this.cookies.get(origin) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  private keep(origin: string, line: string): void {
    const jar = this.cookies.get(origin) ?? new Map<string, string>();
    this.cookies.set(origin, jar);
    const [pair = ''] = line.split(';');
    const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
    if (/expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name);
    else jar.set(name, value);
  }
}
