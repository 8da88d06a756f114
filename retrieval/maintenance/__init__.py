"""What is done to a workspace as a whole: forget a source, back up, find and repair damage, embed anew."""
