/**
 * Getters of the platform's classes, taken before user code can replace them.
 *
 * @module
 */

/**
 * The function behind a property of a prototype.
 *
 * @param prototype Of a class of the platform.
 * @param name The property's name.
 * @throws {TypeError} When it has no such getter: this runtime is another one than we know.
 */
export function getterOf<Class extends object, Name extends keyof Class>(
  prototype: Class,
  name: Name,
): (this: unknown) => Class[Name] {
  const get = Object.getOwnPropertyDescriptor(prototype, name)?.get;
  if (get === undefined) throw new TypeError(`there is no getter ${String(name)}`);
  return get;
}
