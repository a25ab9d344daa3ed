import { SetMetadata } from '@nestjs/common';

/** Metadata key of a route whose body is a file. */
export const TAKES_FILE = 'berkut:takes-file';

/** The body is a file: the code that reads it reports what is wrong with it. */
export const TakesFile = (): MethodDecorator => SetMetadata(TAKES_FILE, true);
