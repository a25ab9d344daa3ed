import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { getCACertificates } from 'node:tls';
import {
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { present } from '../../optional/present';
import { s3Code, statusOf } from './s3-fault';
import type { S3Place } from './s3-place';
import { S3Retries } from './s3-retries';

/** Some servers are slow to begin an answer: what is silent for so long has died. */
const SILENCE_MS = 60_000;
const CONNECT_MS = 10_000;
const PAUSE_MS = 100;
/** What a person or another request waits for fails after some seconds. */
const PROMPT_ATTEMPTS = 4;
/** A backup is not lost to a minute of a bad network: about a minute of pauses. */
const PATIENT_ATTEMPTS = 12;
/** Each slow download holds one. What finds none free waits as long as for a connection, and fails then. */
const CONNECTIONS = 256;

/** One place in S3 and what speaks with it. */
export class S3Bucket {
  /** For short requests. */
  readonly prompt: S3Client;
  /** For what must not fail because of a bad minute. */
  readonly patient: S3Client;

  constructor(readonly place: S3Place) {
    const requestHandler = connectionsOf(place);
    this.prompt = new S3Client(configOf(place, requestHandler, PROMPT_ATTEMPTS));
    this.patient = new S3Client(configOf(place, requestHandler, PATIENT_ATTEMPTS));
  }

  /** Bucket and key, as every request names them. */
  object(name: string): { Bucket: string; Key: string } {
    return { Bucket: this.place.bucket, Key: `${this.place.prefix}${name}` };
  }

  /** @returns `undefined` for a key that is not directly below the prefix */
  nameOf(key: string | undefined): string | undefined {
    const { prefix } = this.place;
    if (key?.startsWith(prefix) !== true || key.length === prefix.length) return undefined;
    const name = key.slice(prefix.length);
    return name.includes('/') ? undefined : name;
  }

  /**
   * What the server says of an object without its bytes.
   *
   * @returns `undefined` only when the server says that the object is not there. An answer to HEAD has no body, so a bucket that is
   *   not there looks the same: what is missing is asked for again in a way that tells the two apart.
   */
  async head(name: string): Promise<HeadObjectCommandOutput | undefined> {
    const object = this.object(name);
    try {
      return await this.prompt.send(new HeadObjectCommand({ ...object, ChecksumMode: 'ENABLED' }));
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
    try {
      const { Body } = await this.prompt.send(new GetObjectCommand({ ...object, Range: 'bytes=0-0' }));
      await Body?.transformToByteArray();
    } catch (error) {
      if (s3Code(error) === 'NoSuchKey') return undefined;
      throw error;
    }
    return this.prompt.send(new HeadObjectCommand({ ...object, ChecksumMode: 'ENABLED' }));
  }
}

function configOf(
  place: S3Place,
  requestHandler: ReturnType<typeof connectionsOf>,
  maxAttempts: number,
): S3ClientConfig {
  const { endpoint, region, isPathStyle = endpoint !== undefined, credentials, pauseMs = PAUSE_MS } = place;
  return {
    requestHandler,
    maxAttempts,
    retryStrategy: new S3Retries(maxAttempts, pauseMs),
    forcePathStyle: isPathStyle,
    // Checksums are named where they are wanted: what the SDK adds unasked, other servers do not all take.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...present({ endpoint }),
    ...(region === undefined ? (endpoint === undefined ? {} : { region: 'us-east-1' }) : { region }),
    ...present({ credentials: credentials && withoutNothing(credentials) }),
  };
}

function withoutNothing({ accessKeyId, secretAccessKey, sessionToken }: NonNullable<S3Place['credentials']>) {
  return { accessKeyId, secretAccessKey, ...present({ sessionToken }) };
}

function connectionsOf({ authorities, silenceMs = SILENCE_MS }: S3Place) {
  const agent = { keepAlive: true, maxSockets: CONNECTIONS };
  const ca = authorities === undefined ? {} : { ca: [...getCACertificates('default'), authorities] };
  return {
    connectionTimeout: CONNECT_MS,
    // Of silence, not of length: a part may take as long as it takes, as long as bytes move.
    socketTimeout: silenceMs,
    httpAgent: new HttpAgent(agent),
    httpsAgent: new HttpsAgent({ ...agent, ...ca }),
  };
}
