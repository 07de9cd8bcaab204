// Values of flags: each parser says what it wants, and commander reports what it got (exit 2).

import { InvalidArgumentError } from "commander";

/** A whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`Expected a whole number of at least ${least}.`);
    }
    return value;
  };
}

/** A number in [`from`, `to`], or in (`from`, `to`] where `from` itself makes no sense. */
export function numberBetween(from: number, to: number, openBelow = false): (text: string) => number {
  const least = openBelow ? `above ${from}` : `of at least ${from}`;
  const range = to === Infinity ? least : `${least} and at most ${to}`;
  return (text) => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (!Number.isFinite(value) || value < from || value > to || (openBelow && value === from)) {
      throw new InvalidArgumentError(`Expected a number ${range}.`);
    }
    return value;
  };
}

/** The name of an entity type, which stands in labels (`B-Disease`). */
export function entityType(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("Expected a name, such as Disease.");
  return text;
}

/** Quotes one argument for a POSIX shell, only where it must be. */
export function shellQuote(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
