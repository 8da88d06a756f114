// What the scripts of all components begin with: elements whose text is set as text, never as HTML.

const element = (name, className, text) => {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};

const SVG = "http://www.w3.org/2000/svg";

const shape = (name, given = {}, text) => {
  const one = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(given)) one.setAttribute(key, value);
  if (text !== undefined) one.textContent = text;
  return one;
};

// A page of a document as a picture, with boxes around what is meant, each in shares of the page.
const page = ({ picture, alt, boxes }) => {
  const whole = element("div", "page");
  const image = element("img");
  image.src = picture; // a data: address: nothing is fetched
  image.alt = alt;
  whole.append(image);
  for (const [left, top, width, height] of boxes) {
    const box = element("mark", "box");
    const part = (share) => `${(share * 100).toFixed(3)}%`;
    Object.assign(box.style, { left: part(left), top: part(top), width: part(width), height: part(height) });
    whole.append(box);
  }
  return whole;
};
