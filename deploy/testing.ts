/** The choices of somebody who has made none. */
export const NOTHING = {
  environment: undefined,
  account: undefined,
  vars: {},
  secrets: {},
  rotateKeys: false,
  game: undefined,
  url: undefined,
};
