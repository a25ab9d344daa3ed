import { createServer } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';
import express from 'express';

/**
 * Express, matching paths as they are written: another case and a slash at the end are other paths. Whatever comes to no
 * route, on any path, ends in the service's own filter, and a missing Host header is left to the service's own middleware:
 * both would be answered without envelope and record.
 */
export class HttpAdapter extends ExpressAdapter {
  constructor() {
    super(express().enable('case sensitive routing').enable('strict routing'));
  }

  override initHttpServer(): void {
    this.httpServer = createServer({ requireHostHeader: false }, this.getInstance());
  }

  /** Without the prefix: with it, Express itself would answer for all other paths. */
  override setNotFoundHandler(handler: Parameters<ExpressAdapter['setNotFoundHandler']>[0]): unknown {
    return super.setNotFoundHandler(handler);
  }
}
