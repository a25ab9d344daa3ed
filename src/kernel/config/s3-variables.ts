import { readCertificates } from './config-files';
import * as shape from './value-shapes';
import type { Section } from './variable';
import { webAddress } from './web-address';

export const S3 = {
  BERKUT_BACKUP_S3_ENDPOINT: {
    shape: webAddress,
    otherwise: 'Amazon’s',
    meaning: 'address of the S3 server, `https://…`',
  },
  BERKUT_BACKUP_S3_REGION: {
    shape: shape.text,
    otherwise: 'the SDK’s (`AWS_REGION`, profile); `us-east-1` with an endpoint',
    meaning: 'region of the bucket',
  },
  BERKUT_BACKUP_S3_PATH_STYLE: {
    shape: shape.flag,
    otherwise: 'true with an endpoint',
    meaning: 'the bucket stands in the path of the address, not in the name of its host',
  },
  BERKUT_BACKUP_S3_CA_FILE: {
    shape: shape.file(readCertificates),
    otherwise: 'none',
    meaning: 'certificates (PEM) of authorities that the S3 server’s is checked with, beside the usual ones',
  },
  BERKUT_BACKUP_S3_LOCK_DAYS: {
    shape: shape.wholeNumber(1, 36_500),
    otherwise: 'no lock',
    meaning: 'days for which the server keeps each new file from being removed; the bucket must have object lock',
  },
  BERKUT_BACKUP_S3_LOCK_MODE: {
    shape: shape.choice(['governance', 'compliance']),
    default: 'governance',
    meaning:
      '`governance`: an account with the right to bypass locks can still remove a file; `compliance`: no account can',
  },
  AWS_ACCESS_KEY_ID: {
    isSecret: true,
    shape: shape.text,
    otherwise: 'what the SDK finds: profile, web identity, role of the machine',
    meaning: 'access key for S3',
  },
  AWS_SECRET_ACCESS_KEY: {
    isSecret: true,
    shape: shape.text,
    otherwise: 'as the access key',
    meaning: 'its secret',
  },
  AWS_SESSION_TOKEN: {
    isSecret: true,
    shape: shape.text,
    otherwise: 'none',
    meaning: 'token of a temporary access key',
  },
} as const satisfies Section;
