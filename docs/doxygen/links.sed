# SPDX-License-Identifier: BSD-2-Clause
# For the site, which has no sources but headers: their names stay, without a link that
# would lead nowhere. Doxygen knows no sections of other pages by their headings.
s#\[([^]]*)\]\((\.\./)*(lib|ports|tests|include|guest)/[^)]*\.(c|h|S|py)\)#\1#g
s#\[([^]]*)\]\((\.\./)*guest/linux/patches\)#\1#g
s#(README\.md)\#[a-z-]+\)#\1)#g
