import { Injectable, Param, PipeTransform } from '@nestjs/common';
import { AppError } from '../errors/app-error';

const ID = /^[1-9]\d{0,15}$/;

/** An id in a path: digits only, from 1 to 2^53 - 1. */
@Injectable()
class IdPipe implements PipeTransform<string, number> {
  /** @throws AppError `backups.invalid_request` */
  transform(value: string): number {
    const id = Number(value);
    if (ID.test(value) && Number.isSafeInteger(id)) return id;
    throw new AppError('backups.invalid_request', { details: { field: 'id' } });
  }
}

/** The `{id}` of a path. */
export const IdParam = (): ParameterDecorator => Param('id', IdPipe);
