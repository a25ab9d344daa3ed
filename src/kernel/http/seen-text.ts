import { Matches } from 'class-validator';

/**
 * Without controls, characters of no width, and those that change the direction of others: what people read is what is there.
 * Variation selectors, which emoji have, stay.
 */
const SEEN = /^(?:[\ufe00-\ufe0f]|[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}])*$/u;

/** A text for people may hold only characters that are seen. */
export const SeenText = (): PropertyDecorator => Matches(SEEN);
