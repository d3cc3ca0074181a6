"""Words in addresses, in the languages of the portals we know: what a path segment says about its page."""

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MEDIA_TAILS: Final = _words(
    """
    jpg jpeg png gif webp avif svg ico bmp tif tiff heic mp3 m4a aac ogg oga wav flac mp4 m4v webm avi mov mkv
    flv wmv m3u8 mpd ts pdf doc docx xls xlsx ppt pptx odt ods odp rtf csv epub mobi zip gz tgz tar bz2 xz rar
    7z exe msi dmg apk iso css js mjs json jsonld map woff woff2 ttf eot swf ics vcf kml gpx torrent webmanifest
    """
)
FEED_WORDS: Final = _words(
    """
    feed feeds rss rss2 atom rssfeed rss-feed newsfeed feed.json rss.php
    """
)
SEARCH_WORDS: Final = _words(
    """
    search suche suchen suchergebnis suchergebnisse recherche rechercher buscar busca busqueda búsqueda buscador
    cerca ricerca zoeken sok søk sök szukaj wyszukaj hledat hledani vyhledavani kereses keresés cautare arama
    ara поиск search_result searchresults search-results sitesearch tim-kiem timkiem pencarian sousuo
    """
)
SEARCH_NAMES: Final = _words(
    """
    q query search s keyword keywords suche searchterm search_query searchword text_search wd kw
    """
)
CALENDAR_WORDS: Final = _words(
    """
    calendar calendars cal kalender calendrier calendario calendário kalendar kalendarz kalendář agenda
    eventcalendar event-calendar veranstaltungskalender terminkalender terminy events-calendar rili
    """
)
LOGIN_WORDS: Final = _words(
    """
    login log-in signin sign-in logout signout signup sign-up register registration registrieren registrierung
    anmelden anmeldung abmelden konto account accounts my-account mein-konto myaccount profile-settings
    user-login wp-login wp-admin passwort password forgot-password lost-password reset-password connexion
    deconnexion inscription se-connecter iniciar-sesion registro registrarse acceso accedi registrati aanmelden
    inloggen logga-in rejestracja zaloguj logowanie prihlaseni cart checkout basket warenkorb wishlist oauth sso
    paywall subscribe subscription subscriptions abo abonnieren abonnement abonnements suscripcion suscribete
    suscripciones abbonati abbonamenti donate spenden unsubscribe wp-json wp-includes wp-content cgi-bin
    dang-nhap dang-ky auth
    """
)
REDIRECT_WORDS: Final = _words(
    """
    go out goto redirect redir click exit r away outbound link linkout ad ads adclick clk share sharer
    """
)
SERVICE_WORDS: Final = _words(
    """
    about about-us aboutus about_us ueber-uns über-uns uber-uns wir-ueber-uns a-propos apropos qui-sommes-nous
    quienes-somos quiénes-somos acerca-de chi-siamo sobre-nos over-ons om-oss om-os o-nas tentang-kami
    gioi-thieu privacy privacy-policy privacypolicy privacy_policy datenschutz datenschutzerklaerung
    datenschutzerklärung datenschutzhinweise dsgvo politique-de-confidentialite confidentialite
    donnees-personnelles privacidad politica-de-privacidad aviso-de-privacidad privacidade
    politica-de-privacidade informativa-privacy privacybeleid privacyverklaring integritetspolicy personvern
    polityka-prywatnosci contact contact-us contactus contact_us kontakt kontakte kontaktformular contacto
    contactos contactez-nous nous-contacter contatti contato contatos kontakty lien-he hubungi-kami impressum
    imprint mentions-legales aviso-legal note-legali legal-notice colofon terms-of-use terms-of-service
    terms-and-conditions termsofservice tos agb nutzungsbedingungen nutzungsbasis cgu cgv conditions-generales
    condiciones-de-uso terminos-y-condiciones termini-e-condizioni algemene-voorwaarden regulamin cookie-policy
    cookiepolicy cookie-richtlinie cookie-settings cookie-einstellungen politica-de-cookies disclaimer
    haftungsausschluss barrierefreiheit accesibilidad accessibilite advertise advertise-with-us werben
    mediadaten mediakit media-kit adverteren annonsera quang-cao sitemap site-map plan-du-site mapa-del-sitio
    mappa-sito rss-feeds rss-feed do-not-sell
    """
)
# Service pages only at the top of a site: below a section these words name topics.
TOP_SERVICE_WORDS: Final = _words(
    """
    apps app unternehmen jobs careers stellenangebote stellenmarkt vacatures help hilfe support aide ayuda shop
    legal sobre cookie cookies copyright accessibility newsletter newsletters publicidad publicidade publicite
    pubblicita reklama reklam advertising werbung masthead faq faqs terms gdpr ccpa contacts
    """
)
SHOP_WORDS: Final = _words(
    """
    gutscheine gutschein gutscheincodes rabattcode rabattcodes coupons coupon vouchers discount-codes
    codes-promo cupones cupons sconti kortingscode shop store boutique tienda loja
    """
)
TAG_WORDS: Final = _words(
    """
    tag tags tagged label labels keyword keywords stichwort stichworte schlagwort schlagworte etiqueta etiquetas
    mot-cle mots-cles tagi stitky hashtag author authors autor autoren auteur auteurs autores autore profile
    profil user users member members
    """
)
ARCHIVE_WORDS: Final = _words(
    """
    archive archives archiv archivo archivio arquivo archief arkiv arkisto archiwum archív
    """
)
CATEGORY_WORDS: Final = _words(
    """
    section sections category categories kategorie kategorien rubrik rubriken ressort ressorts seccion secciones
    categoria categorias catégorie rubrique rubriques sezione sezioni categorie cat thema themen topic topics
    theme themes tema temas channel channels channel.php kanal
    """
)
LISTING_WORDS: Final = _words(
    """
    latest overview uebersicht list lists archive archives archiv archivo archivio newsticker ticker
    """
)
NEWS_WORDS: Final = _words(
    """
    news newsticker nachrichten aktuell aktuelles aktuelle actualite actualites actualité actualités noticias
    noticia notizie nyheter nyheder nieuws wiadomosci zpravy hirek stiri haberler latest breaking headlines
    schlagzeilen ticker politics politik politique politica política polityka world welt ausland inland
    international monde mundo mondo national local lokales regional region regionales economy wirtschaft
    economie économie economia economía business finance finanzen money geld markets boerse sport sports deporte
    deportes esporte esportes fussball football culture kultur cultura feuilleton arts entertainment
    unterhaltung lifestyle leben panorama vermischtes science wissen wissenschaft ciencia sciences technology
    tech technik technologie digital netzwelt auto motor reise reisen travel viajes gesundheit health salud
    sante food opinion opinions meinung debatte kommentar tribune editorial editorials society gesellschaft
    societe sociedad sociedade bildung education weather wetter meteo tiempo video videos podcast podcasts fotos
    photos bilder galerie magazin magazine blog blogs geschichte history karriere
    """
)
ARTICLE_WORDS: Final = _words(
    """
    article articles artikel artikels articulo articulos articolo articoli artigo artigos artykul artykuly
    artikkel story stories nota notas noticia post posts beitrag beitraege news-story detail details read view
    content contents meldung meldungen pressemitteilung press-release articleshow newsdetail news_detail show
    """
)
PAGE_NAMES: Final = _words(
    """
    page paged seite pagina página pg pageno pagenum page_no start offset from side sida strona str pn pageindex
    currentpage
    """
)
SHARE_HOSTS: Final = _words(
    """
    www.facebook.com facebook.com m.facebook.com twitter.com x.com www.linkedin.com t.me telegram.me wa.me
    api.whatsapp.com web.whatsapp.com www.pinterest.com pinterest.com www.reddit.com reddit.com plus.google.com
    www.xing.com www.tumblr.com service.weibo.com share.flipboard.com getpocket.com line.me
    social-plugins.line.me b.hatena.ne.jp vk.com
    """
)
SHARE_WORDS: Final = _words(
    """
    share sharer sharer.php share.php intent sharing sharearticle share-offsite submit create send post dialog
    pin add save
    """
)
RETURN_NAMES: Final = _words(
    "redirect redirecturl redirect_url redirect_uri redirect_to returnurl return_url returnto return_to"
)
