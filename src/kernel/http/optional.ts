import { ValidateIf } from 'class-validator';

/** May be left out, but not `null`: a client that sends one means something that we do not know. */
export const Optional = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);
